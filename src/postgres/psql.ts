/** The first complaint of psql. Our psql prints terse messages, which quote no SQL. */
export function firstComplaint(stderr: string): string {
  return stderr.split('\n').find((line) => line.trim() !== '') ?? 'psql said nothing';
}
