import { InvalidArgumentError } from 'commander';
import { plainText } from '../domain/rotation/input.ts';

/** Reads an option whose text goes into the report. Refuses early what the workflow would refuse. */
export function plainTextUpTo(longest: number): (text: string) => string {
  const schema = plainText(longest);
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues.map(({ message }) => message).join('; ')}.`);
  };
}
