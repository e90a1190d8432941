/** Could those who say it be nothing but liars? One in five may lie, together, and choose what to say; not who speaks between them. */
import { LIARS_ONE_IN } from './settings.ts';

/** Chance that of `drawn` out of `all`, of whom `marked` are marked, at least `least` are: hypergeometric. */
export function chanceOfAtLeast(least: number, drawn: number, marked: number, all: number): number {
  const top = Math.min(drawn, marked);
  if (least <= 0) return 1;
  if (least > top) return 0;
  // C(marked, k)·C(all − marked, drawn − k) / C(all, drawn), as products of ratios: no factorial overflows.
  const chance = (k: number): number => {
    if (drawn - k > all - marked) return 0;
    let log = 0;
    for (let i = 0; i < k; i += 1) log += Math.log((marked - i) / (k - i));
    for (let i = 0; i < drawn - k; i += 1) log += Math.log((all - marked - i) / (drawn - k - i));
    for (let i = 0; i < drawn; i += 1) log -= Math.log((all - i) / (drawn - i));
    return Math.exp(log);
  };
  let sum = 0;
  for (let k = least; k <= top; k += 1) sum += chance(k);
  return Math.min(1, sum);
}

/** Rounded up where it is near: one of those who are there may not have been heard of late. */
export const liarsAmong = (all: number): number => Math.floor((all + 1) / LIARS_ONE_IN);

/** `saying` of `spoke` voters say it; `around` could have spoken. */
export function liarRisk(saying: number, spoke: number, around: number): number {
  const all = Math.max(around, spoke);
  return chanceOfAtLeast(saying, spoke, liarsAmong(all), all);
}

const known = new Map<string, number>();
const MAX_KNOWN = 20_000;

/** So many of `spoke` voters may be liars, but for a chance of `risk`. Asked again and again: answers are kept. */
export function liarsWithin(spoke: number, around: number, risk: number): number {
  const key = `${spoke} ${around} ${risk}`;
  let liars = known.get(key);
  if (liars === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, (liars = countLiars(spoke, around, risk)));
  }
  return liars;
}

function countLiars(spoke: number, around: number, risk: number): number {
  const all = Math.max(around, spoke);
  const most = Math.min(spoke, liarsAmong(all));
  let liars = 0;
  while (liars < most && chanceOfAtLeast(liars + 1, spoke, liarsAmong(all), all) > risk) liars += 1;
  return liars;
}
