import type { V1LabelSelector } from '@kubernetes/client-node';

/** A label selector as the API's query parameter takes it. */
export function labelSelector({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): string {
  const equalities = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        throw new TypeError(`unknown operator in a label selector: ${operator}`);
    }
  });
  return [...equalities, ...expressions].join(',');
}
