import { InvalidArgumentError } from 'commander';

/** Parses an option's whole number, from 1 to `most`. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count > 0 && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1${most === Infinity ? '' : ` to ${most}`}.`);
  };
}
