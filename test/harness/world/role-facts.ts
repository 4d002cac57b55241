import type { Component } from '../../../src/domain/component.ts';
import type { World } from '../../../sandbox/harness/world.ts';

/** Of a component's database, what a rotation, an adoption and its undoing must leave as it was. */
export class RoleFacts {
  constructor(private readonly world: World) {}

  /** The rights on the database, its schema, its default privileges and the table `made_by_owner`. */
  grants(component: Component): Promise<string> {
    return this.superuser(
      component,
      `SELECT (SELECT datacl FROM pg_database WHERE datname = current_database()),
              (SELECT nspacl FROM pg_namespace WHERE nspname = 'public'),
              (SELECT array_agg(defaclacl) FROM pg_default_acl),
              (SELECT relacl FROM pg_class WHERE relname = 'made_by_owner')`,
    );
  }

  /** The roles that are members of the owner and may log in. */
  loginRoles(component: Component): Promise<string> {
    return this.superuser(
      component,
      `SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_auth_members JOIN pg_roles m ON m.oid = member
        WHERE roleid = '${component.role}'::regrole AND rolcanlogin`,
    );
  }

  /** The tables `made_by_…`, each with its owner. */
  tables(component: Component): Promise<string> {
    return this.superuser(
      component,
      `SELECT string_agg(tablename || ' ' || tableowner, ', ' ORDER BY tablename) FROM pg_tables WHERE tablename LIKE 'made_by_%'`,
    );
  }

  /** All that an adoption and its undoing must leave as it was. */
  async keptByAnUndoing(component: Component): Promise<unknown> {
    const { items } = await this.world.core.listNamespacedSecret({ namespace: component.namespace });
    const own = items.map(({ metadata }) => metadata?.name ?? '').filter((name) => name.startsWith(component.name));
    return {
      spec: (await this.world.cluster(component)).spec,
      secrets: own.sort(),
      grants: await this.grants(component),
      roles: await this.loginRoles(component),
    };
  }

  superuser(component: Component, sql: string): Promise<string> {
    return this.world.sql(component, `\\connect ${component.database}\n${sql}`);
  }
}
