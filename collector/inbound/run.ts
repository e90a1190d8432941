/**
 * Asks the listed servers, and nobody else: one name in flight at a server, a pause after every handshake. Sockets, clock
 * and waiting come from outside.
 */
import { appraiseChain, type Roots } from '../../shared/observe/chain/index.ts';
import { matchKnownAuthority, type Fingerprints } from '../../shared/rules/index.ts';
import type { Server } from './list.ts';
import { decide, isSettled, type Attempt, type Decision, type Ending, type Shown } from './outcome.ts';

/** Servers at a time. */
export const SERVERS_AT_ONCE = 4;
/** Between two handshakes at one server: to it this is one visitor who reloads a page now and then. Milliseconds. */
export const PAUSE_MS = 1_000;
/** Some boxes punish a client for 60 or 180 s after they have fired; the innocuous name is tried again after that. Milliseconds. */
export const PUNISHMENT_MS = 185_000;

/** One handshake as the wire showed it. */
export interface Handshake {
  readonly ending: Ending;
  readonly failure: string | null;
  readonly chain: readonly Uint8Array[];
}
export interface InboundTools {
  /** Address literals of a listed server; `reason`: why it is not contacted. */
  readonly resolve: (
    server: string,
    port: number,
  ) => Promise<{ readonly address: string } | { readonly reason: string }>;
  /** A new connection from a new port; never throws for what the network does. */
  readonly shake: (address: string, port: number, name: string) => Promise<Handshake>;
  /** False: stop now. */
  readonly sleep: (ms: number) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly roots: Roots;
  readonly fingerprints: Fingerprints;
}
export interface InboundResult extends Server, Decision {
  /** Null: not contacted. */
  readonly address: string | null;
  readonly reason: string | null;
  readonly name: string;
  readonly innocuous: string;
  /** ISO 8601 UTC, of the first handshake. */
  readonly at: string;
  readonly attempts: readonly Attempt[];
}

function look(tools: InboundTools, name: string, { ending, failure, chain }: Handshake): Shown {
  const host = name;
  const appraisal =
    chain.length === 0 ? null : appraiseChain({ chain, host, at: tools.now(), roots: tools.roots });
  const known = appraisal && matchKnownAuthority({ chain, appraisal }, tools.fingerprints.authorities);
  return { name, ending, failure: failure ?? appraisal?.failure ?? null, chain, appraisal, known };
}

/** Null: it was told to stop. */
async function makeAttempt(
  tools: InboundTools,
  endpoint: { readonly address: string; readonly port: number },
  innocuous: string,
  name: string,
): Promise<Attempt | null> {
  const shown: Shown[] = [];
  const step = async (said: string): Promise<Shown | null> => {
    const one = look(tools, said, await tools.shake(endpoint.address, endpoint.port, said));
    shown.push(one);
    return (await tools.sleep(PAUSE_MS)) ? one : null;
  };
  const before = await step(innocuous);
  const listed = before && (await step(name));
  let after = listed && (await step(innocuous));
  if (before === null || listed === null || after === null) return null;
  if (before.ending === 'chain' && listed.ending !== 'chain' && after.ending !== 'chain') {
    if (!(await tools.sleep(PUNISHMENT_MS))) return null;
    after = await step(innocuous);
    if (after === null) return null;
  }
  return { before, listed, after };
}

/** Two rows of a list can lead to one address, and that is asked one thing at a time. */
type Turns = Map<string, Promise<unknown>>;
function inTurn<T>(turns: Turns, address: string, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(address) ?? Promise.resolve()).then(work);
  turns.set(
    address,
    mine.catch(() => undefined),
  );
  return mine;
}

type Found = Awaited<ReturnType<InboundTools['resolve']>>;

async function askServer(
  server: Server,
  found: Found,
  { names, innocuous }: Pick<InboundInput, 'names' | 'innocuous'>,
  tools: InboundTools,
  onResult: (result: InboundResult) => void,
): Promise<boolean> {
  for (const name of names) {
    const at = new Date(tools.now()).toISOString();
    const common = { ...server, name, innocuous, at };
    if ('reason' in found) {
      const nothing = {
        outcome: 'insufficient',
        evidence: null,
        authority: null,
        repeats: { n: 0, m: 0 },
      } as const;
      onResult({
        ...common,
        ...nothing,
        finding: 'not_contacted',
        address: null,
        reason: found.reason,
        attempts: [],
      });
      continue;
    }
    const attempts: Attempt[] = [];
    while (attempts.length === 0 || !isSettled(attempts)) {
      const attempt = await makeAttempt(
        tools,
        { address: found.address, port: server.port },
        innocuous,
        name,
      );
      if (attempt === null) return false;
      attempts.push(attempt);
    }
    onResult({ ...common, ...decide(attempts), address: found.address, reason: null, attempts });
  }
  return true;
}

export interface InboundInput {
  readonly servers: readonly Server[];
  readonly names: readonly string[];
  readonly innocuous: string;
}

/** Results as they come. False when it was told to stop before the end. */
export async function runInbound(
  input: InboundInput,
  tools: InboundTools,
  onResult: (result: InboundResult) => void,
): Promise<boolean> {
  const left = [...input.servers];
  let whole = true;
  const turns: Turns = new Map();
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined && whole; next = left.shift()) {
      const server = next;
      const found = await tools.resolve(server.server, server.port);
      const ask = (): Promise<boolean> => askServer(server, found, input, tools, onResult);
      if (!(await inTurn(turns, 'address' in found ? found.address : server.server, ask))) whole = false;
    }
  };
  await Promise.all(Array.from({ length: SERVERS_AT_ONCE }, worker));
  return whole;
}
