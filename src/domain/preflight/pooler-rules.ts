import { blocking, warning } from '../finding.ts';
import { throughPooler, type PoolerTried } from '../poolers/pooler.ts';
import type { PreflightFacts } from './facts.ts';
import type { Rule } from './rule.ts';

function known({ poolers }: Pick<PreflightFacts, 'poolers'>): readonly PoolerTried[] {
  return poolers === 'unknown' ? [] : poolers;
}

/** A login that cannot be tried through a Pooler now cannot be proven there after the change either. */
export const poolersLetTheApplicationIn: Rule = ({ component, poolers, login }) => {
  const [first] = known({ poolers }).filter(({ problem }) => problem !== undefined);
  if (first?.problem === undefined || login !== 'accepted') return undefined;
  const name = throughPooler(component, first.name);
  return blocking(
    `The application logs in through ${name} (${first.why}), and the password that PostgreSQL accepts could not be tried there, so no new one could be proven: ${first.problem.message}`,
    `Look at its pods: kubectl -n ${component.namespace} logs -l cnpg.io/poolerName=${first.name} -c pgbouncer --tail=50. A rotation begins when a login through it can be tried.`,
    first.problem,
  );
};

export const poolersRefuseAWrongPassword: Rule = ({ component, poolers }) => {
  const open = known({ poolers }).filter(({ needsNoPassword }) => needsNoPassword === true);
  if (open.length === 0) return undefined;
  const names = open.map(({ name }) => throughPooler(component, name)).join(' and ');
  return blocking(
    `${names} accepts any password for the role, so it could not be proven that the old one is refused there: a rule of spec.pgbouncer.pg_hba asks for none.`,
    'Let that rule ask for a password (method scram-sha-256).',
  );
};

/** PostgreSQL sees a Pooler's pods. Who is logged in at PgBouncer, PgBouncer alone knows. */
export const clientsBehindPoolersAreKnown: Rule = ({ component, poolers, oldPodsLogIn }) => {
  const used = known({ poolers });
  if (used.length === 0) return undefined;
  const names = used.map(({ name, poolMode, why }) => `${throughPooler(component, name)} (${poolMode} mode; ${why})`);
  const effect = oldPodsLogIn
    ? 'A client there that is not restarted is refused when its role retires.'
    : 'A client there that is not restarted is refused at its next login.';
  return (component.strict === true ? blocking : warning)(
    `The application logs in through ${names.join(' and ')}: PostgreSQL and this rotation do not see who else is logged in there. ${effect} A login that began before lives on in PgBouncer until its client ends it.`,
    component.strict === true
      ? `${component.name} is rotated only when every client is known (strict): leave "strict" out.`
      : `The clients are in PgBouncer's own list: SHOW CLIENTS on its console. The report names those that its log shows as refused.`,
  );
};
