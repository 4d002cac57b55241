import { isOfAnotherService, judgeWhose, meansTheDatabase, type Whose } from '../secret-plan/judge-login.ts';
import type { SecretWorld } from '../secret-plan/world.ts';
import { meaningOf, readLogins, type DescribedLogin } from '../secrets/index.ts';
import type { ChangingKeys } from './changing-keys.ts';
import { callsPostgres, commandTexts } from './command-texts.ts';
import type { ContainerView, Origin } from './container-view.ts';
import type { ContainerTexts } from './texts.ts';

/** A place outside of the Secrets that change, which names the user. It holds no text. */
export interface UserElsewhere {
  /** Such as `env DATABASE_USERNAME`, or `args[1]`. */
  readonly where: string;
  readonly why: string;
  /** Whether the place shows that the container logs in with this name. */
  readonly evidence: boolean;
  /** The variable that has to take the user's name from the Secret, where the place is a variable. */
  readonly variable?: string;
}

/** One text that may name a user. */
interface Named {
  readonly where: string;
  readonly text: string;
  readonly origin?: Origin;
  readonly variable?: string;
}

/** Searches one container, which takes the password from a Secret that changes, for other places of the user's name. */
export class UserSearch {
  constructor(
    private readonly world: SecretWorld,
    private readonly changes: ChangingKeys,
    private readonly container: ContainerTexts,
    private readonly view: ContainerView,
    /** Whether the container takes the user from a Secret that changes, and whether its manifest names that key. */
    private readonly takes: { readonly user: boolean; readonly namedUser: boolean },
  ) {}

  run(): readonly UserElsewhere[] {
    const groups: Map<string, Named>[] = [new Map(this.#variables())];
    for (const { name, ...one } of this.#commands()) {
      const key = name === '' ? one.where : name;
      const free = groups.find((group) => !group.has(key)) ?? new Map<string, Named>();
      if (!groups.includes(free)) groups.push(free);
      free.set(key, { ...one, text: this.view.resolve(one.text) });
    }
    return [...groups.flatMap((group) => this.#judgeGroup(group)), ...this.#files()];
  }

  #variables(): readonly (readonly [string, Named])[] {
    return [...this.view.variables].map(([variable, { text, origin }]) => [
      variable,
      {
        where: `env ${variable}${origin === undefined ? '' : ` (${of(origin)})`}`,
        text,
        variable,
        ...(origin && { origin }),
      },
    ]);
  }

  /** What the container runs, each command by itself: its own, and those of its probes and of its lifecycle. */
  #commands(): ReturnType<typeof commandTexts> {
    const commands = new Map<string, [string, string][]>();
    for (const [where, text] of Object.entries(this.container.commands)) {
      const whose = where.replace(/(?:command|args)\[\d+\]$/, '');
      commands.set(whose, [...(commands.get(whose) ?? []), [where, text]]);
    }
    return [...commands.values()].flatMap((texts) => commandTexts(texts));
  }

  /** Files of ConfigMaps, and of Secrets that do not change: documents, and scripts that call PostgreSQL's programs. */
  #files(): readonly UserElsewhere[] {
    return this.view.files
      .filter(({ origin }) => !(origin.kind === 'Secret' && this.changes.touches(origin)))
      .flatMap(({ origin, text, path }) => {
        const where = `file ${path} (${of(origin)})`;
        const one = { where, text: this.view.resolve(text), origin };
        const document = this.#judgeGroup(new Map([[origin.key, one]]), true);
        if (!callsPostgres(text)) return document;
        const script = commandTexts([[where, text]]).map(
          ({ name, text: said }, index) =>
            [name === '' ? `word ${index}` : name, { where, text: this.view.resolve(said), origin }] as const,
        );
        return [...document, ...this.#judgeGroup(new Map(script))];
      });
  }

  #judgeGroup(group: ReadonlyMap<string, Named>, isFile = false): readonly UserElsewhere[] {
    const texts = Object.fromEntries([...group].map(([key, { text }]) => [key, text]));
    return readLogins(texts).logins.flatMap((login) => {
      const { user } = login;
      const named = group.get(user?.key ?? '');
      if (user === undefined || named === undefined) return [];
      // A token stands for a value of a Secret.
      const taken = this.view.tokenOf(user.text);
      const source = taken ?? { text: user.text, ...(named.origin && { origin: named.origin }) };
      if (source === 'unknown' || source.text.trim() !== this.world.user) return [];
      if (source.origin !== undefined && this.changes.user(source.origin)) return [];
      const verdict = this.#judge({ ...login, user: { ...user, text: this.world.user } }, group, isFile);
      if (verdict === undefined) return [];
      const within = user.within === '' ? '' : ` (${user.within})`;
      const via = taken === undefined || source.origin === undefined ? '' : ` (${of(source.origin)})`;
      return [
        {
          where: `${named.where}${within}${via}`,
          ...verdict,
          ...(named.variable !== undefined && { variable: named.variable }),
        },
      ];
    });
  }

  #judge(
    login: DescribedLogin,
    group: ReadonlyMap<string, Named>,
    isFile: boolean,
  ): Pick<UserElsewhere, 'evidence' | 'why'> | undefined {
    const whose = judgeWhose(login, this.world, this.container.holder.namespace);
    if (whose.kind === 'another' || whose.kind === 'of another service') return undefined;
    const password = this.#passwordOf(login, group);
    if (password === 'another') return undefined;
    if (password === 'ours') {
      if (login.lentUser !== true || whose.kind === 'ours')
        return { evidence: true, why: 'it stands beside the password of the Secret' };
      return this.#judgeLent(login, isFile);
    }
    if (whose.kind === 'ours') return this.#unlessTaken('it stands beside a host of the Cluster', isFile);
    if (isOfTheDatabase(login, whose)) return this.#unlessTaken('its name means the database', isFile);
    return this.takes.user ? undefined : { evidence: false, why: 'it is the name of the role' };
  }

  /** A user and the only password, under names with nothing in common. */
  #judgeLent({ user }: DescribedLogin, isFile: boolean): Pick<UserElsewhere, 'evidence' | 'why'> | undefined {
    const label = (meaningOf(user?.key ?? '')?.label ?? []).join('_');
    if (isOfAnotherService(label, this.world.component)) return undefined;
    if (label === '' || meansTheDatabase(label))
      return this.#unlessTaken('it is the only user beside the password', isFile);
    return this.takes.user ? undefined : { evidence: false, why: 'it is the name of the role' };
  }

  /**
   * A container that takes the user from the Secret may read this one as a default only. But a variable or an argument
   * gives way to no file that is only mounted along with the password.
   */
  #unlessTaken(why: string, isFile: boolean): Pick<UserElsewhere, 'evidence' | 'why'> {
    return (isFile ? this.takes.user : this.takes.namedUser)
      ? { evidence: false, why: `${why}, and the container takes the user from the Secret too` }
      : { evidence: true, why };
  }

  /** Whose password the login has. A reference to no known variable may be the Secret's password. */
  #passwordOf({ password }: DescribedLogin, group: ReadonlyMap<string, Named>): 'ours' | 'another' | undefined {
    if (password === undefined) return undefined;
    const token = this.view.tokenOf(password.password.reveal());
    if (token === 'unknown') return undefined;
    const origin = token === undefined ? group.get(password.key)?.origin : token.origin;
    const isWhole = token !== undefined || password.within === '';
    return origin !== undefined && isWhole && this.changes.plainPassword(origin) ? 'ours' : 'another';
  }
}

/** Without a host only a name shows that a user is of PostgreSQL. */
function isOfTheDatabase({ label, scheme }: DescribedLogin, { kind }: Whose): boolean {
  return kind === 'named' && (scheme !== undefined || meansTheDatabase(label));
}

function of({ kind, name, key }: Origin): string {
  return `${kind} ${name}, key ${key}`;
}
