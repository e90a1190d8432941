/** Where two JSON values differ, a line a place. Pure. */
import { isObject } from '../shared/schema/read.ts';

const MAX_LINES = 20;
const MAX_VALUE_CHARS = 120;

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text;
};

function* places(then: unknown, now: unknown, path: string): Generator<string> {
  if (Array.isArray(then) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(then.length, now.length); i++)
      yield* places(then[i], now[i], `${path}[${i}]`);
  } else if (isObject(then) && isObject(now)) {
    for (const key of new Set([...Object.keys(then), ...Object.keys(now)]))
      yield* places(then[key], now[key], path === '' ? key : `${path}.${key}`);
  } else if (!Object.is(then, now)) yield `${path}: announced ${shown(then)}, now ${shown(now)}`;
}

/** `now` as JSON would keep it. At most MAX_LINES lines, and one that says that there are more. */
export function differencesOf(then: unknown, now: unknown, path = ''): readonly string[] {
  const lines: string[] = [];
  const kept: unknown = now === undefined ? undefined : JSON.parse(JSON.stringify(now));
  for (const line of places(then, kept, path)) {
    if (lines.length === MAX_LINES) return [...lines, 'and more'];
    lines.push(line);
  }
  return lines;
}
