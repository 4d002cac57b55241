/*
 * Objects that ask who logged in. After an adoption the answer is a login role, another one after each turn. PostgreSQL
 * gives it under several names: session_user, SYSTEM_USER (since 16), the setting session_authorization. The setting
 * `role` changes too: it was `none`, and is the owner.
 */
const ASKS = String.raw`\m(session_user|system_user|session_authorization)\M|current_setting\s*\(\s*''role''|\mshow\s+role\M`;

/** A function that compares the answer decides by it. One that stores it keeps a record. */
const ANSWER = String.raw`(\m(session_user|system_user)\M|\mcurrent_setting\s*\([^()]*\))(::\w+)?`;
const COMPARES = [
  String.raw`${ANSWER}[\s)]*(=|<>|!=|~|\m(is|not|in|like|ilike)\M)`,
  String.raw`(?<!:)(=|<>|!=|~|\m(in|case|like|from)\M)[\s(]*${ANSWER}`,
  String.raw`\m(pg_has_role|has_\w+_privilege)\s*\(\s*${ANSWER}`,
].join('|');
/** `NEW.author = session_user`, `SET author = session_user`: the same sign, and a record. */
const STORES = String.raw`(\mset\s+|\mnew\.|,\s*)"?\w+"?\s*:?=\s*${ANSWER}`;
const withoutComments = (text: string): string =>
  String.raw`regexp_replace(regexp_replace(${text}, '--[^\n]*', ' ', 'g'), '/[*].*?[*]/', ' ', 'g')`;

const OWN_SCHEMA = `nspname !~ '^(pg_|information_schema$)'`;

/** Without the objects of extensions, which their authors change. */
const notOfAnExtension = (table: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${table}'::regclass AND x.objid = ${oid} AND x.deptype = 'e')`;

/**
 * A query with a row for each object: `name`, such as `policy own on public.tickets`, and `decides`. The search_path
 * must be pg_catalog alone, so that each name has its schema.
 */
export const SESSION_USERS = `SELECT name, bool_or(decides) AS decides FROM (
  SELECT format('policy %s on %s', quote_ident(polname), polrelid::regclass) AS name, true AS decides,
         concat(pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid)) AS text
    FROM pg_policy
  UNION ALL
  SELECT format('default of %s.%s', adrelid::regclass, quote_ident(attname)), true, pg_get_expr(adbin, adrelid)
    FROM pg_attrdef JOIN pg_attribute a ON a.attrelid = adrelid AND a.attnum = adnum
  UNION ALL
  SELECT CASE WHEN contypid <> 0 THEN format('constraint %s of domain %s', quote_ident(conname), contypid::regtype)
              ELSE format('constraint %s on %s', quote_ident(conname), conrelid::regclass) END, true, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'c'
  UNION ALL
  SELECT format('default of domain %s', oid::regtype), true, typdefault
    FROM pg_type WHERE typtype = 'd' AND typdefault IS NOT NULL
  UNION ALL
  SELECT format('%s %s', CASE relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, c.oid::regclass), true, pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
   WHERE relkind IN ('v', 'm') AND ${OWN_SCHEMA} AND ${notOfAnExtension('pg_class', 'c.oid')}
  UNION ALL
  SELECT format('rule %s on %s', quote_ident(rulename), ev_class::regclass), true, pg_get_ruledef(oid)
    FROM pg_rewrite WHERE rulename <> '_RETURN'
  UNION ALL
  SELECT format('trigger %s on %s', quote_ident(tgname), tgrelid::regclass), true, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE tgqual IS NOT NULL
  UNION ALL
  SELECT format('%s %s', CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, oid::regprocedure),
         regexp_replace(${withoutComments('text')}, '${STORES}', ' ', 'gi') ~* '${COMPARES}', text
    FROM (SELECT p.oid, prokind, pg_get_functiondef(p.oid) AS text
            FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace JOIN pg_language l ON l.oid = prolang
           WHERE prokind IN ('f', 'p') AND ${OWN_SCHEMA} AND lanname NOT IN ('internal', 'c')
             AND ${notOfAnExtension('pg_proc', 'p.oid')}) AS routine
) AS all_of_them WHERE text ~* '${ASKS}' GROUP BY name ORDER BY name`;

const SIGNALS = String.raw`\m(pg_cancel_backend|pg_terminate_backend|pg_stat_activity)\M`;

/**
 * A query with the `name` of each function and view that cancels, ends or watches sessions. A session that acts as the
 * owner may do so no more with the sessions of its login role. Functions with the rights of a superuser still may.
 */
export const SIGNALLERS = `SELECT name FROM (
  SELECT format('%s %s', CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.oid::regprocedure) AS name,
         ${withoutComments('pg_get_functiondef(p.oid)')} AS text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace JOIN pg_language l ON l.oid = prolang
    JOIN pg_roles r ON r.oid = proowner
   WHERE prokind IN ('f', 'p') AND ${OWN_SCHEMA} AND lanname NOT IN ('internal', 'c')
     AND NOT (prosecdef AND rolsuper) AND ${notOfAnExtension('pg_proc', 'p.oid')}
  UNION ALL
  SELECT format('view %s', c.oid::regclass), pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_roles r ON r.oid = relowner
   WHERE relkind IN ('v', 'm') AND ${OWN_SCHEMA} AND NOT rolsuper AND ${notOfAnExtension('pg_class', 'c.oid')}
) AS all_of_them WHERE text ~* '${SIGNALS}' ORDER BY name`;
