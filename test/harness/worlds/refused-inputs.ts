/** An argument with which a workflow does not begin. */
export interface RefusedInput {
  readonly title: string;
  readonly workflow: 'rotatePassword' | 'rotateBatch' | 'checkComponent' | 'checkCatalogue';
  /** The workflow's arguments, as the Web UI or `temporal` sends them. */
  readonly args: readonly unknown[];
  /** A part of the failure's message. */
  readonly says: string;
}

const rotate = (title: string, input: unknown, says: string): RefusedInput => ({
  title,
  workflow: 'rotatePassword',
  args: [input],
  says,
});
const litellm = (title: string, more: object, says: string): RefusedInput =>
  rotate(title, { component: 'litellm', ...more }, says);

export const REFUSED_INPUTS: readonly RefusedInput[] = [
  { title: 'no input at all', workflow: 'rotatePassword', args: [], says: 'Send one object' },
  rotate('null', null, 'expected object, received null'),
  rotate('a bare name', 'litellm', 'expected object, received string'),
  rotate('a list', [{ component: 'litellm' }], 'expected object, received array'),
  rotate('an object without a component', {}, 'component: Invalid input'),
  rotate('an empty component', { component: '' }, 'component: Too small'),
  rotate('a component that is a number', { component: 5 }, 'component: Invalid input: expected string'),
  litellm('a field that is misspelled', { requireAproval: true }, 'Unrecognized key: "requireAproval"'),
  litellm('a password', { password: 'of-my-own' }, 'Unrecognized key: "password"'),
  litellm('"yes" for true', { endOldSessions: 'yes' }, 'endOldSessions: Invalid input: expected boolean'),
  litellm('1 for true', { requireApproval: 1 }, 'requireApproval: Invalid input: expected boolean'),
  litellm('no time for the approval', { approvalTimeoutSeconds: 0 }, 'approvalTimeoutSeconds: Too small'),
  litellm('a year for the approval', { approvalTimeoutSeconds: 31_536_000 }, 'approvalTimeoutSeconds: Too big'),
  litellm('a reason of a whole page', { reason: 'x'.repeat(501) }, 'reason: Too big'),
  litellm('nobody as the starter', { startedBy: '' }, 'startedBy: Too small'),
  {
    title: 'a batch of nothing',
    workflow: 'rotateBatch',
    args: [{ components: [] }],
    says: 'components: Too small',
  },
  {
    title: 'a batch that names a component twice',
    workflow: 'rotateBatch',
    args: [{ components: ['litellm', 'litellm'] }],
    says: 'components: a component is named twice',
  },
  {
    title: 'a batch that rotates none at a time',
    workflow: 'rotateBatch',
    args: [{ concurrency: 0 }],
    says: 'concurrency: Too small',
  },
  { title: 'a check of nothing', workflow: 'checkComponent', args: [{}], says: 'component: Invalid input' },
  {
    title: 'a check of a name that is no list',
    workflow: 'checkCatalogue',
    args: [{ components: 'litellm' }],
    says: 'components: Invalid input: expected array',
  },
];

/** A catalogue with which no worker starts. */
export interface RefusedCatalogue {
  readonly title: string;
  /** The file's text, or `undefined` for no file. */
  readonly text: string | undefined;
  readonly says: string;
}

const one = (fields: string): string => `components:\n  - {${fields}}\n`;

export const REFUSED_CATALOGUES: readonly RefusedCatalogue[] = [
  { title: 'that is not there', text: undefined, says: 'cannot be read: ENOENT' },
  {
    title: 'with a field that is misspelled',
    text: one('name: litellm, namespace: ai-system, sercet: x'),
    says: 'components.0: Unrecognized key: "sercet"',
  },
  {
    title: 'with a role that PostgreSQL would cut',
    text: one(`name: litellm, namespace: ai-system, role: ${'é'.repeat(32)}`),
    says: 'components.0.role: must be at most 63 bytes',
  },
  {
    title: 'with a component twice',
    text: `${one('name: litellm, namespace: ai-system')}  - {name: litellm, namespace: cache}\n`,
    says: 'two components have the same name',
  },
];
