/** What each field of the catalogue means, by its path, with the default where the schema has none. */
export const FIELD_TEXTS: Readonly<Record<string, string>> = {
  'components[]': 'the components, at least one',
  'components[].name': 'the name in commands and in Workflow Ids',
  'components[].namespace': 'the namespace of the Cluster, the Secret and the workloads',
  'components[].cluster': 'the CNPG Cluster. Default: `<name>-postgresql`',
  'components[].role': 'the login role. Default: `<name>`',
  'components[].database': 'the database in which logins are tried. Default: `<role>`',
  'components[].secret':
    'the Secret from which CNPG sets the password. CNPG generates `<cluster>-app` for the owner of the database where `spec.bootstrap` names no Secret. Default: `<name>-db-secret`',
  'components[].otherSecrets':
    '[Secrets that change too](secrets.md#answering), besides those that evidence shows. Default: none',
  'components[].otherSecrets[].name': 'the name of the Secret',
  'components[].otherSecrets[].keys':
    'the keys, or each key with a template that has `{{password}}`. Default: all keys',
  'components[].consumers[]': '[other namespaces](secrets.md#other-namespaces) that use the password. Default: none',
  'components[].consumers[].namespace': 'its Secrets change and its workloads restart, as at home',
  'components[].consumers[].secrets': 'as `otherSecrets`, in that namespace. Default: none',
  'components[].consumers[].secrets[].name': 'the name of the Secret',
  'components[].consumers[].secrets[].keys': 'as `keys` of `otherSecrets`',
  'components[].consumers[].notSecrets': 'as `notSecrets`, in that namespace. Default: none',
  'components[].consumers[].notSecrets[].name': 'the name of the Secret',
  'components[].consumers[].notSecrets[].keys': 'as `keys` of `notSecrets`',
  'components[].consumers[].copies':
    'Secrets that somebody else copies from a Secret of the rotation. The rotation waits for a copy and does not write the copy',
  'components[].notSecrets': 'Secrets, or keys, that stay. Default: none',
  'components[].notSecrets[].name': 'the name of the Secret',
  'components[].notSecrets[].keys': 'the keys that stay. Default: all keys',
  'components[].secretOwners':
    'why another owner of a Secret is fine, by the name of the Secret or by `namespace/name`. The block becomes a warning',
  'components[].discover': "search the namespace's Secrets for logins of the role",
  'components[].leftBehind':
    'consumers that may keep the old password, as `Kind/name` or `namespace/Kind/name`. The rotation names them and does not block. Default: none',
  'components[].namesNoUser':
    'consumers that take the user name from the Secrets alone. The rules about user names outside of the Secrets leave them out. Default: none',
  'components[].restartPods[]':
    'owners of other kinds, such as an object of an operator. The rotation deletes their pods that read the Secret, one by one, and waits for the new ones. Name only owners that make a deleted pod again. Default: none',
  'components[].restartPods[].kind': 'the kind of the owner',
  'components[].restartPods[].namespace': 'its namespace. Default: the namespace of the component',
  'components[].restartPods[].name': 'the name of the owner',
  'components[].waitForJobsSeconds': 'how long the rotation waits for running Jobs, 0: not at all. Default: 120',
  'components[].strategy': 'change the password of the role, or let [two roles](alternating.md) take turns',
  'components[].restartSeconds':
    'how long one pod may take to become ready, if [its objects declare less](states.md#restart-120-s-or-what-the-objects-declare)',
  'components[].alternating': '[two roles](alternating.md) with other names, or answers about them',
  'components[].alternating.owner': 'the role that owns the tables. Default: `<role>`',
  'components[].alternating.roles': 'the two login roles. Default: `<role>_a` and `<role>_b`, shortened to 63 bytes',
  'components[].alternating.secrets':
    'their Secrets, the first for the first role. Default: `<name>-a-role` and `<name>-b-role`',
  'components[].alternating.giveBack':
    'whether a rotation may [give objects to the owner](alternating.md#who-owns-what-the-application-creates). Default: true',
  'components[].alternating.neverDiscards':
    'no pool sends `DISCARD ALL`, which an [old PostgreSQL](alternating.md#which-postgresql) asks for. Default: false',
  'components[].alternating.sessionUser':
    'objects, as the message of an adoption names them, that work whichever role logged in. Default: none',
  'components[].strict': 'a client that the rotation does not know blocks the rotation. Default: false, a warning',
  'components[].watchSeconds': 'how long the rotation looks who is still refused. Default: 5',
  'components[].source': 'where the password changes: in the Secrets, or [in Git](gitops.md)',
  'components[].source.kind': 'with `gitops` the fields of `gitops` may stand here too, and win',
  'components[].hook': 'the hook of this component. Default: the `hook` of the catalogue',
  'components[].password': 'how new passwords of this component are made. Default: the `password` of the catalogue',
  hook: '[asked before the first write](operating.md#a-hook-before-the-first-write). Default: none',
  'hook.command': 'the program with its arguments, without a shell',
  'hook.url': 'the address that gets a POST',
  'hook.tokenFile': 'the file with the bearer token for the `url`',
  'hook.seconds': 'how long the hook may take',
  password:
    'how new passwords are made. A password begins with a letter and has at least 128 bits of chance. The [`mode: generate`](cnpg-1.31.md) of CNPG has a rule of its own',
  'password.length': 'the number of characters, 24 to 99. Default: 40',
  'password.alphabet':
    "the characters, each once: letters, digits, `.`, `_` and `-`, which a URI does not encode, such as `'0123456789abcdef'`. Default: `[A-Za-z0-9_-]`",
  gitops: '[settings](gitops.md#the-configuration) that all components with the source `gitops` share',
  'gitops.repository': 'the address, without credentials',
  'gitops.branch': 'the branch that Flux follows. Default: `main`',
  'gitops.credentials': 'how Git logs in: a Secret, or files of the worker. Default: none',
  'gitops.credentials.secret': 'a Secret as Flux has it',
  'gitops.credentials.username': 'the user for HTTP',
  'gitops.credentials.passwordFile': 'the file of the token',
  'gitops.credentials.sshKeyFile': 'the private key',
  'gitops.credentials.knownHostsFile': 'the hosts that SSH trusts',
  'gitops.author': 'of the commits. Default: `cnpg-rotator`',
  'gitops.author.name': 'the name of the author',
  'gitops.author.email': 'the address of the author',
  'gitops.signingKeyFile': 'an SSH key that signs the commits. Default: no signature',
  'gitops.sops': 'how files are decrypted',
  'gitops.sops.ageKeyFile': 'the age key. Default: as SOPS finds one',
  'gitops.variable': 'the password is a variable of a file, from which manifests are rendered',
  'gitops.variable.file': 'the file of the variable',
  'gitops.variable.key': 'the key. Default: `<component>_db_password`',
  'gitops.variable.usernameKey': 'the variable of the user name, for alternating roles',
  'gitops.variable.render': 'the command that renders. Default: `task -y configure`, or none with `manifests`',
  'gitops.manifests':
    'files or folders with the encrypted Secrets. Default: every tracked `*.sops.yaml` and `*.sops.yml`',
  'gitops.localFiles': 'files that the render needs and that Git does not have, by their path',
  'gitops.localFiles.*.secret': 'the Secret with the file',
  'gitops.localFiles.*.key': 'the key. Default: the name of the file',
  'gitops.allowedPaths': 'files or folders that a commit may change too. Default: none',
  'gitops.flux': 'the objects of Flux',
  'gitops.flux.kustomization': 'the Kustomization that applies the Secrets',
  'gitops.flux.gitRepository': 'the GitRepository. Default: the source of the Kustomization',
  'gitops.flux.reconcile': 'a command instead of the annotation that lets Flux reconcile',
};

/** The variables of the environment, and who reads each. */
export const VARIABLES: Readonly<Record<string, string>> = {
  CNPG_ROTATOR_COMPONENTS: 'the file of the catalogue. Default: `components.yaml` of the package',
  CNPG_ROTATOR_TASK_QUEUE: 'the Task Queue of workers and commands. Default: `cnpg-rotator`',
  CNPG_ROTATOR_HTTP_PORT: 'the port of `/healthz`, `/readyz` and `/metrics`. Default: none',
  CNPG_ROTATOR_SCRATCH: 'the folder of clones. Default: memory, where there is one',
  CNPG_ROTATOR_CACHE: 'the folder of downloads. Default: `~/.cache/cnpg-rotator`',
  CNPG_ROTATOR_PAYLOAD_KEY_FILE:
    'the file of keys that [encrypt the histories](security.md#encrypted-histories). Default: none',
  KUBECONFIG: 'the kubeconfig. Default: `~/.kube/config`, or the account of the pod',
  LOG_FORMAT: '`text` for lines for people, else `json`. Default: `text` on a terminal',
  LOG_LEVEL: '`debug`, `info`, `warn` or `error`. Default: `info`',
  NO_COLOR: 'no colours',
  OTEL_EXPORTER_OTLP_ENDPOINT:
    'where [traces](monitoring.md#traces) go, with the other `OTEL_…` variables as OpenTelemetry documents them. Default: none',
  OTEL_SERVICE_NAME: 'the name in traces. Default: `cnpg-rotator`',
  PYTHON: 'the Python with which `up` downloads the development server. Default: `python3`',
  TEMPORAL_ADDRESS: 'Temporal. Default: `localhost:7233`',
  TEMPORAL_NAMESPACE: 'the namespace of Temporal. Default: `default`',
  TEMPORAL_API_KEY: 'the API key of Temporal',
  TEMPORAL_TLS_CLIENT_CERT_PATH:
    'the certificate for mTLS; other `TEMPORAL_TLS_…` variables as Temporal documents them',
  TEMPORAL_CONFIG_FILE: 'the file of profiles, with `TEMPORAL_PROFILE`',
  TEMPORAL_CLI_PATH: 'the program `temporal` for `up` and `--local`',
  TEMPORAL_DEPLOYMENT_NAME:
    'the name of the worker deployment, with `TEMPORAL_WORKER_BUILD_ID`: versions of the worker',
  TEMPORAL_WORKER_BUILD_ID: 'the version of this worker',
  XDG_STATE_HOME: 'where `up` keeps its database. Default: `~/.local/state`',
};
