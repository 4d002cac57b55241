import { InvalidArgumentError } from 'commander';

/** Parses an option's whole number, from `least` to `most`. */
export function countUpTo(most: number, least = 1): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && text.trim() !== '' && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from ${least}${most === Infinity ? '' : ` to ${most}`}.`);
  };
}
