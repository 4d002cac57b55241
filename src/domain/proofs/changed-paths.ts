/** A file that differs from the branch after an edit or a render. */
export interface ChangedPath {
  readonly path: string;
  /** `own`: one of the component's; `same`: its content decrypts to what it was; `other`: anything else. */
  readonly kind: 'own' | 'same' | 'other';
}

export interface PathsVerdict {
  /** To be committed. */
  readonly commit: readonly string[];
  /** A render encrypted them anew and changed nothing in them: left as the branch has them. */
  readonly drop: readonly string[];
  /** Changed without leave: nothing is committed. */
  readonly refuse: readonly string[];
}

/** What a rotation's commit may hold: the component's files, and what the configuration allows besides. */
export function judgeChangedPaths(changed: readonly ChangedPath[], allowedPaths: readonly string[]): PathsVerdict {
  const allowed = ({ path, kind }: ChangedPath): boolean => kind === 'own' || isWithin(path, allowedPaths);
  return {
    commit: changed.filter((one) => one.kind !== 'same' && allowed(one)).map(({ path }) => path),
    drop: changed.filter(({ kind }) => kind === 'same').map(({ path }) => path),
    refuse: changed.filter((one) => one.kind !== 'same' && !allowed(one)).map(({ path }) => path),
  };
}

/** Whether the path is one of those given, or lies in a folder of them. */
function isWithin(path: string, filesOrFolders: readonly string[]): boolean {
  return filesOrFolders.some((given) => {
    const clean = given.replace(/^\.\//, '').replace(/\/+$/, '');
    return path === clean || path.startsWith(`${clean}/`);
  });
}
