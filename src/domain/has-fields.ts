/** Whether a value from outside is an object with these fields. */
export function hasFields<T extends object>(value: unknown, ...fields: readonly (keyof T & string)[]): value is T {
  return typeof value === 'object' && value !== null && fields.every((field) => field in value);
}
