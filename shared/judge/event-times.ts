/** Times in sentences: UTC, and what the clock showed in Almaty. Milliseconds since 1970 everywhere. */
import { message, type Language } from '../i18n/index.ts';
import type { Bracket } from '../model/index.ts';

const HOUR_MS = 3600 * 1000;
/**
 * Kazakhstan has one time since 2024-03-01, 00:00 Almaty time: UTC+5. Almaty had UTC+6 before that, since 2004. Source:
 * IANA time zone database, 2024a, zone Asia/Almaty. The table of the platform is not asked: it differs between releases.
 */
const ONE_TIME_SINCE = Date.UTC(2024, 1, 29, 18);

export const almatyOffsetMs = (at: number): number => (at < ONE_TIME_SINCE ? 6 : 5) * HOUR_MS;

/** `2026-01-18 13:00`; a time that no calendar has (untrusted, or a fault of ours) is `?`, and no crash. */
function minuteOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** `2026-01-18 13:00 UTC (18:00 in Almaty)`; with the day where it is another. */
export function timeWords(at: number, language: Language): string {
  const utc = minuteOf(at);
  const there = minuteOf(at + almatyOffsetMs(at));
  const local = there.slice(0, 10) === utc.slice(0, 10) ? there.slice(11) : there;
  return message(language, 'time.both', { utc, local: local === '' ? '?' : local });
}

/** Between two looks; null: neither side is known. */
export function bracketWords(bracket: Bracket, language: Language): string | null {
  const { after, before } = bracket;
  const since = after === null ? '' : timeWords(after, language);
  const until = before === null ? '' : timeWords(before, language);
  if (since === '' && until === '') return null;
  if (since === '') return message(language, 'bracket.by', { until });
  if (until === '') return message(language, 'bracket.after', { since });
  return message(language, 'bracket.between', { since, until });
}
