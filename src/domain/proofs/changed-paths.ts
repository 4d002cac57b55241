/** A file that differs from the branch after an edit or a render. */
export interface ChangedPath {
  readonly path: string;
  /** `own`: a file of the component. `same`: its decrypted content is unchanged. `other`: any other file. */
  readonly kind: 'own' | 'same' | 'other';
}

export interface PathsVerdict {
  /** The rotation commits these files. */
  readonly commit: readonly string[];
  /** A render encrypted these files again without a change of content: the branch's version stays. */
  readonly drop: readonly string[];
  /** These files changed without permission: nothing is committed. */
  readonly refuse: readonly string[];
}

/** A rotation's commit may hold the component's files, and files that the configuration allows. */
export function judgeChangedPaths(changed: readonly ChangedPath[], allowedPaths: readonly string[]): PathsVerdict {
  const allowed = ({ path, kind }: ChangedPath): boolean => kind === 'own' || isWithin(path, allowedPaths);
  return {
    commit: changed.filter((one) => one.kind !== 'same' && allowed(one)).map(({ path }) => path),
    drop: changed.filter(({ kind }) => kind === 'same').map(({ path }) => path),
    refuse: changed.filter((one) => one.kind !== 'same' && !allowed(one)).map(({ path }) => path),
  };
}

/** Whether the path is one of the files, or lies in one of the folders. */
function isWithin(path: string, filesOrFolders: readonly string[]): boolean {
  return filesOrFolders.some((given) => {
    const clean = given.replace(/^\.\//, '').replace(/\/+$/, '');
    return path === clean || path.startsWith(`${clean}/`);
  });
}
