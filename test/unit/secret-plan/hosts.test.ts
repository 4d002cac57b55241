import { judgeHosts } from '../../../src/domain/secret-plan/hosts.ts';

const COMPONENT = { namespace: 'apps', cluster: 'litellm-postgresql' };

describe('a host in a login', () => {
  it.each([
    ['ours', ['litellm-postgresql-rw']],
    ['ours', ['litellm-postgresql-ro.apps']],
    ['ours', ['litellm-postgresql-r.apps.svc']],
    ['ours', ['LITELLM-POSTGRESQL-RW.apps.svc.cluster.local']],
    ['ours', ['litellm-pooler']],
    ['ours', ['litellm-postgresql-rw', 'litellm-postgresql-ro']],
    ['another', ['langfuse-postgresql-rw']],
    ['another', ['litellm-postgresql-rw.staging']],
    ['another', ['litellm-postgresql-rw', 'langfuse-postgresql-rw']],
    ['unknown', ['litellm-pooler.staging']],
    ['unknown', ['db']],
    ['unknown', ['db.example.com']],
    ['unknown', ['localhost']],
    ['unknown', ['litellm-postgresql-rw', 'db']],
    ['none', []],
  ] as const)('is %s: %j', (verdict, hosts) => {
    expect(judgeHosts(hosts, COMPONENT.namespace, COMPONENT, ['litellm-pooler'])).toBe(verdict);
  });

  it.each([
    ['another', ['litellm-postgresql-rw']],
    ['ours', ['litellm-postgresql-rw.apps']],
    ['unknown', ['litellm-pooler']],
    ['ours', ['litellm-pooler.apps.svc']],
  ] as const)('is %s where it is written in another namespace: %j', (verdict, hosts) => {
    expect(judgeHosts(hosts, 'strangers', COMPONENT, ['litellm-pooler'])).toBe(verdict);
  });
});
