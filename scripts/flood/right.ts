/** What a collector says of the flood's domains, against what was blocked. */
import { BLOCKS, type FloodBlock } from './documents.ts';
import { HOUR_MS } from '../simulate/habits.ts';

/** Hours in which few measured may lie between: brackets are asked to hold the truth, and to be no wider than this. */
const WIDEST_BRACKET_MS = 12 * HOUR_MS;
/** Starts are rounded down to ten minutes, and measured on the hour. */
const ROUNDED_MS = HOUR_MS;

interface SaidBracket {
  readonly after: string | null;
  readonly before: string | null;
}
interface SaidEvent {
  readonly domain: string;
  readonly state: string;
  readonly basis: string;
  readonly episodes: readonly {
    readonly network: { readonly asn: number };
    readonly onset: SaidBracket;
    readonly restored: SaidBracket | null;
  }[];
}

function holds(bracket: SaidBracket | null, truth: number): boolean {
  if (bracket?.after == null || bracket.before === null) return false;
  const [after, before] = [Date.parse(bracket.after), Date.parse(bracket.before)];
  return after <= truth + ROUNDED_MS && before >= truth - ROUNDED_MS && before - after <= WIDEST_BRACKET_MS;
}

function problemsOf(block: FloodBlock, weekStart: number, events: readonly SaidEvent[]): string[] {
  const mine = events.filter((e) => e.domain === block.domain);
  const [event] = mine;
  if (event === undefined || mine.length > 1) return [`${block.domain}: ${mine.length} events`];
  const problems: string[] = [];
  const wanted = block.networks.map((n) => Number(n.slice(2))).sort();
  const asns = event.episodes.map((e) => e.network.asn).sort();
  if (JSON.stringify(asns) !== JSON.stringify(wanted))
    problems.push(`${block.domain}: networks ${asns.join(', ')}`);
  const state = block.to === null ? 'open' : 'restored';
  if (event.state !== state || event.basis !== 'interfered')
    problems.push(`${block.domain}: ${event.state}, ${event.basis}`);
  for (const { network, onset, restored } of event.episodes) {
    if (!holds(onset, weekStart + block.from))
      problems.push(`${block.domain}, AS${network.asn}: onset ${onset.after} … ${onset.before}`);
    if (block.to !== null && !holds(restored, weekStart + block.to))
      problems.push(`${block.domain}, AS${network.asn}: restored ${restored?.after} … ${restored?.before}`);
  }
  return problems;
}

/** Empty when all is right; else a sentence for each thing that is not. */
export async function problemsAt(url: string, weekStart: number): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/v2/blocking?limit=100`);
  const { results } = (await response.json()) as { readonly results: readonly SaidEvent[] };
  const blocked = new Set(BLOCKS.map((b) => b.domain));
  const strangers = results.filter((e) => !blocked.has(e.domain));
  return [
    ...BLOCKS.flatMap((block) => problemsOf(block, weekStart, results)),
    ...strangers.map((e) => `${e.domain}: an event where nothing was blocked`),
  ];
}
