import { Document, isMap, isSeq } from 'yaml';
import { accountManifests, manifestsOf, type Grant, type WorkerAccount } from '../domain/rights/index.ts';

const FORMAT = { lineWidth: 0, flowCollectionPadding: false, singleQuote: true };

export interface PrintedRights {
  readonly grants: readonly Grant[];
  readonly account: WorkerAccount;
  /** Whether the Namespace and the ServiceAccount come first. */
  readonly withAccount: boolean;
}

/** The manifests as one Kubernetes List. */
export function rightsJson(printed: PrintedRights): string {
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsOf(printed) }, null, 2)}\n`;
}

/** The manifests as documents; each rule has its reason above. @param heading comment lines of the first document. */
export function rightsYaml({ grants, account, withAccount }: PrintedRights, heading?: string): string {
  const documents = [
    ...(withAccount ? accountManifests(account).map((object) => new Document(object)) : []),
    ...grants.flatMap((grant) => {
      const { role, binding } = manifestsOf(grant, account);
      return [explained(new Document(role), grant), new Document(binding)];
    }),
  ];
  const [first] = documents;
  if (first !== undefined && heading !== undefined) first.commentBefore = commented(heading);
  return documents.map((document) => document.toString(FORMAT)).join('---\n');
}

function objectsOf({ grants, account, withAccount }: PrintedRights): readonly object[] {
  return [
    ...(withAccount ? accountManifests(account) : []),
    ...grants.flatMap((grant) => {
      const { role, binding } = manifestsOf(grant, account);
      return [role, binding];
    }),
  ];
}

function explained(document: Document, { rules }: Grant): Document {
  const nodes = document.get('rules');
  if (!isSeq(nodes)) return document;
  for (const [index, node] of nodes.items.entries()) {
    if (!isMap(node)) continue;
    node.commentBefore = commented(rules[index]?.why ?? '');
    for (const key of ['apiGroups', 'resources', 'verbs']) {
      const list = node.get(key);
      if (isSeq(list)) list.flow = true;
    }
  }
  return document;
}

/** In lines of at most 118 characters where the text's own lines are longer. */
function commented(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => line.match(/\S.{0,113}(?=\s|$)/g) ?? [''])
    .map((line) => ` ${line}`)
    .join('\n');
}
