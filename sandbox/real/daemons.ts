import { join } from 'node:path';
import { stringify } from 'yaml';
import { auditPolicy } from './audit-policy.ts';
import { DNS_SERVICE_ADDRESS, NODE_ADDRESS, POD_RANGE, SERVICE_RANGE } from './network.ts';
import { AUDIT_LOG, CONTAINERD_SOCKET, NAME, RUN } from './paths.ts';
import type { PkiFiles } from './pki.ts';

/** The programs of the node, in the words of their own flags. Nothing here acts. */

const inRun = (...parts: string[]) => join(RUN, ...parts);

export const BINARIES = { kubernetes: inRun('bin', 'kubernetes'), coredns: inRun('bin', 'coredns') };
const ETCD = 'http://127.0.0.1:2379';

const etcd = () => [
  'etcd',
  `--data-dir=${inRun('etcd')}`,
  `--listen-client-urls=${ETCD}`,
  `--advertise-client-urls=${ETCD}`,
  '--listen-peer-urls=http://127.0.0.1:2380',
  // The sandbox's state need not outlive the machine's power.
  '--unsafe-no-fsync',
];

const apiserver = (pki: PkiFiles) => [
  BINARIES.kubernetes,
  'kube-apiserver',
  `--etcd-servers=${ETCD}`,
  `--service-cluster-ip-range=${SERVICE_RANGE}`,
  `--advertise-address=${NODE_ADDRESS}`,
  '--secure-port=6443',
  '--allow-privileged',
  '--authorization-mode=Node,RBAC',
  `--client-ca-file=${pki.authority}`,
  `--tls-cert-file=${pki.pairs.apiserver.certificate}`,
  `--tls-private-key-file=${pki.pairs.apiserver.key}`,
  // Without this the API server looks the node up by its host name for logs and exec, and finds nothing.
  '--kubelet-preferred-address-types=InternalIP',
  `--kubelet-client-certificate=${pki.pairs.apiserverToKubelet.certificate}`,
  `--kubelet-client-key=${pki.pairs.apiserverToKubelet.key}`,
  `--kubelet-certificate-authority=${pki.authority}`,
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-signing-key-file=${pki.serviceAccount.key}`,
  `--service-account-key-file=${pki.serviceAccount.publicKey}`,
  `--audit-policy-file=${inRun('audit-policy.yaml')}`,
  `--audit-log-path=${AUDIT_LOG}`,
  // In megabytes, and never reached: whoever reads on from where it ended before finds all that came since.
  '--audit-log-maxsize=10000',
  '--profiling=false',
];

const controllerManager = (pki: PkiFiles) => [
  BINARIES.kubernetes,
  'kube-controller-manager',
  `--kubeconfig=${pki.kubeconfigs.admin}`,
  '--leader-elect=false',
  `--root-ca-file=${pki.authority}`,
  `--service-account-private-key-file=${pki.serviceAccount.key}`,
  '--use-service-account-credentials',
  '--profiling=false',
];

const scheduler = (pki: PkiFiles) => [
  BINARIES.kubernetes,
  'kube-scheduler',
  `--kubeconfig=${pki.kubeconfigs.admin}`,
  '--leader-elect=false',
  '--profiling=false',
];

const kubelet = (pki: PkiFiles) => [
  BINARIES.kubernetes,
  'kubelet',
  `--config=${inRun('kubelet.yaml')}`,
  `--kubeconfig=${pki.kubeconfigs.kubelet}`,
  `--root-dir=${inRun('kubelet')}`,
  '--hostname-override=sandbox',
  `--node-ip=${NODE_ADDRESS}`,
];

const kubeProxy = (pki: PkiFiles) => [
  BINARIES.kubernetes,
  'kube-proxy',
  `--kubeconfig=${pki.kubeconfigs.admin}`,
  '--hostname-override=sandbox',
  `--cluster-cidr=${POD_RANGE}`,
  '--proxy-mode=iptables',
  // The table's size is the whole machine's, not the namespace's.
  '--conntrack-max-per-core=0',
];

const coredns = () => [BINARIES.coredns, '-conf', inRun('Corefile')];

const containerd = () => ['containerd', '--config', inRun('containerd.toml')];

/** How each program is started, by the name that its log and the sandbox's state have for it. */
export const PROGRAMS = {
  etcd,
  'kube-apiserver': apiserver,
  'kube-controller-manager': controllerManager,
  'kube-scheduler': scheduler,
  containerd,
  kubelet,
  'kube-proxy': kubeProxy,
  coredns,
} satisfies Record<string, (pki: PkiFiles) => string[]>;

export type ProgramName = keyof typeof PROGRAMS;

/** The files that the programs read, by path. */
export function configurationFiles(pki: PkiFiles): Readonly<Record<string, string>> {
  return {
    [inRun('audit-policy.yaml')]: stringify(auditPolicy()),
    [inRun('kubelet.yaml')]: stringify(kubeletConfiguration(pki)),
    [inRun('containerd.toml')]: containerdConfiguration(),
    [inRun('cni', '10-sandbox.conflist')]: JSON.stringify(cniConfiguration(), undefined, 2),
    [inRun('resolv.conf')]: 'nameserver 127.0.0.1\n',
    [inRun('Corefile')]: corefile(pki),
  };
}

function kubeletConfiguration(pki: PkiFiles) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${NAME}`,
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [DNS_SERVICE_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: inRun('resolv.conf'),
    podLogsDir: inRun('pod-logs'),
    volumePluginDir: inRun('volume-plugins'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki.authority },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki.pairs.kubelet.certificate,
    tlsPrivateKeyFile: pki.pairs.kubelet.key,
    // A full disk is the machine's affair; the images cannot be had again from anywhere, so none is collected.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    syncFrequency: '10s',
    // A database's log has to last for hours of rotations whose refused logins are counted in it.
    containerLogMaxSize: '20Mi',
  };
}

function containerdConfiguration(): string {
  return `version = 2
root = "${inRun('containerd', 'root')}"
state = "${inRun('containerd', 'state')}"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt",
]
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:sandbox"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${inRun('cni')}"
`;
}

/** Each pod on a cable of its own, routed by the node: kube-proxy's rules see all traffic without a bridge's help. */
function cniConfiguration() {
  return {
    cniVersion: '0.4.0',
    name: 'sandbox',
    plugins: [
      {
        type: 'ptp',
        ipMasq: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: POD_RANGE }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: inRun('cni-addresses'),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** Only the cluster's own names: nothing in the sandbox can reach any other. */
function corefile(pki: PkiFiles): string {
  return `.:53 {
  errors
  health 127.0.0.1:8081
  ready 127.0.0.1:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${pki.kubeconfigs.admin} ${NAME}
  }
  cache 5
}
`;
}
