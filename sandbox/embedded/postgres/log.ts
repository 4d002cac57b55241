import { z } from 'zod';

/** PostgreSQL's `jsonlog`, as far as it is passed on. */
const entrySchema = z.looseObject({
  timestamp: z.string(),
  user: z.string().optional(),
  dbname: z.string().optional(),
  pid: z.number().optional(),
  remote_host: z.string().optional(),
  remote_port: z.number().optional(),
  session_id: z.string().optional(),
  line_num: z.number().optional(),
  ps: z.string().optional(),
  session_start: z.string().optional(),
  error_severity: z.string().optional(),
  state_code: z.string().optional(),
  message: z.string().optional(),
  detail: z.string().optional(),
  statement: z.string().optional(),
  application_name: z.string().optional(),
  backend_type: z.string().optional(),
});

export interface InstanceLogLine {
  readonly at: Date;
  readonly text: string;
}

/** The server's log as CNPG's instance manager prints it: one JSON object a line, with CNPG's field names. */
export function toInstanceLog(log: string, pod: string): InstanceLogLine[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => toLine(line, pod) ?? []);
}

function toLine(line: string, pod: string): InstanceLogLine | undefined {
  // The last line may be half written.
  const entry = parseEntry(line);
  if (entry === undefined) return undefined;
  const at = new Date(entry.timestamp.replace(' ', 'T').replace(' UTC', 'Z'));
  return {
    at,
    text: JSON.stringify({
      level: 'info',
      ts: at.toISOString(),
      logger: 'postgres',
      msg: 'record',
      logging_pod: pod,
      record: {
        log_time: entry.timestamp,
        user_name: entry.user,
        database_name: entry.dbname,
        process_id: String(entry.pid ?? ''),
        connection_from: connectionFrom(entry),
        session_id: entry.session_id,
        session_line_num: String(entry.line_num ?? ''),
        command_tag: entry.ps,
        session_start_time: entry.session_start,
        error_severity: entry.error_severity,
        sql_state_code: entry.state_code ?? '00000',
        message: entry.message,
        detail: entry.detail,
        query: entry.statement,
        application_name: entry.application_name,
        backend_type: entry.backend_type,
      },
    }),
  };
}

function parseEntry(line: string): z.output<typeof entrySchema> | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function connectionFrom({ remote_host: host, remote_port: port }: z.output<typeof entrySchema>): string | undefined {
  if (host === undefined) return undefined;
  return port === undefined ? host : `${host}:${port}`;
}
