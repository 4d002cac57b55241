export type Labels = Readonly<Record<string, string>>;

const SET = /^(?<key>[^\s!=(),]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const EQUALITY = /^(?<key>[^\s!=(),]+)\s*(?<operator>==|=|!=)\s*(?<value>[^\s(),]*)$/;
const EXISTENCE = /^(?<absent>!?)\s*(?<key>[^\s!=(),]+)$/;

/** Whether the labels meet a selector in the API's notation, such as `team=a,tier in (web,api),!legacy`. */
export function meetsSelector(selector: string, labels: Labels): boolean {
  return splitOutsideParentheses(selector)
    .map((requirement) => requirement.trim())
    .filter((requirement) => requirement !== '')
    .every((requirement) => meets(requirement, labels));
}

/** The parts of a list whose values in parentheses have commas of their own. */
export function splitOutsideParentheses(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

/** Kubernetes counts an absent label as unequal to every value. */
function meets(requirement: string, labels: Labels): boolean {
  const set = SET.exec(requirement)?.groups;
  if (set !== undefined) {
    const { key = '', operator, values = '' } = set;
    const label = labels[key];
    const isIn = label !== undefined && values.split(',').some((value) => value.trim() === label);
    return isIn === (operator === 'in');
  }
  const equality = EQUALITY.exec(requirement)?.groups;
  if (equality !== undefined) {
    const { key = '', operator, value } = equality;
    return (labels[key] === value) === (operator !== '!=');
  }
  const { key = '', absent } = EXISTENCE.exec(requirement)?.groups ?? {};
  return key in labels === (absent === '');
}
