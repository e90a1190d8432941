/** `YYYY-MM-DD HH:MM:SS`, as `parsers.time` gives it, → milliseconds since 1970. */
export function msOf(time: string): number;
export function msOf(time: string | undefined): number | undefined;
export function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(`${time.replace(' ', 'T')}Z`);
}

/** Milliseconds since 1970 → RFC 3339 UTC, whole seconds. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
