import { domainToUnicode } from 'node:url';
import type { Outcome } from '../../../shared/model/index.ts';
import type { Listing } from '../../store/store.ts';

/** A sign for each outcome that does not need its colour, and the word beside it. */
const OUTCOME_SIGNS: Readonly<Record<Outcome, { readonly sign: string; readonly word: string }>> = {
  accessible: { sign: '✓', word: 'accessible' },
  interfered: { sign: '✕', word: 'interfered with' },
  suspected: { sign: '?', word: 'suspected' },
  refused: { sign: '⊘', word: 'refused by the site' },
  down: { sign: '▽', word: 'down for everyone' },
  local: { sign: '⌂', word: 'local problem' },
  insufficient: { sign: '…', word: 'not enough data' },
};
const FAILED = { sign: '!', word: 'not judged' };

export function outcomeWords(listing: Listing): {
  readonly kind: string;
  readonly sign: string;
  readonly word: string;
} {
  const { outcome } = listing;
  if (outcome === null || !Object.hasOwn(OUTCOME_SIGNS, outcome)) return { kind: 'failed', ...FAILED };
  return { kind: outcome, ...OUTCOME_SIGNS[outcome as Outcome] };
}

const ALMATY = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Almaty',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** `YYYY-MM-DD HH:MM:SS` UTC → the same minute in UTC and on the clocks of Almaty. */
export function bothClocks(startTime: string): { readonly utc: string; readonly almaty: string } {
  const ms = Date.parse(`${startTime.replace(' ', 'T')}Z`);
  return {
    utc: startTime.slice(0, 'YYYY-MM-DD HH:MM'.length),
    almaty: Number.isNaN(ms) ? 'unknown' : ALMATY.format(ms),
  };
}

/** An internationalised name in its own letters, its ASCII form behind it; any other URL as it is. */
export function shownUrl(target: string): string {
  if (!URL.canParse(target)) return target;
  const { hostname } = new URL(target);
  const own = domainToUnicode(hostname);
  return own === '' || own === hostname ? target : `${target.replace(hostname, own)} (${hostname})`;
}

export const counted = (n: number, thing: string, things = `${thing}s`): string =>
  `${n} ${n === 1 ? thing : things}`;
