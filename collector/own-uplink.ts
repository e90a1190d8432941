/**
 * Can the collector itself reach anybody? Asked only when a silence is about to be announced: what fell silent may be its own line.
 * The operator names the anchors, so private ones are fine; KUAGER_ONLY holds for them all the same.
 */
import { parseCidr } from '../shared/codec/ip.ts';
import type { Cidr } from '../shared/codec/ip.ts';
import { portRefusal } from './control/destination.ts';
import { createOutgoing } from './control/index.ts';
import { CollectorError } from './errors.ts';
import { parseHostPort, type HostPort } from './listen.ts';

/** Of each anchor, name look-up aside. Milliseconds. */
const CONNECT_MS = 4_000;
/** One anchor can fail by itself; more than these tell nothing further. */
const MAX_ANCHORS = 8;

/** `unknown`: no anchors were named. */
export type OwnUplink = 'up' | 'down' | 'unknown';

const EVERYWHERE: readonly Cidr[] = ['0.0.0.0/0', '::/0'].map(parseCidr).filter((cidr) => cidr !== null);

/** `--own-anchor HOST:PORT`, each. Throws USAGE. */
export function readOwnAnchors(texts: readonly string[]): readonly HostPort[] {
  if (texts.length > MAX_ANCHORS)
    throw new CollectorError('USAGE', `--own-anchor can be given ${MAX_ANCHORS} times at most`);
  return texts.map((text) => {
    const anchor = parseHostPort(text, '--own-anchor');
    if (portRefusal(anchor.port) !== null)
      throw new CollectorError(
        'USAGE',
        `--own-anchor takes port 80, 443 or one above 1023, got ${anchor.port}`,
      );
    return anchor;
  });
}

/** TCP connections to all anchors at once, closed at once; one that is established is enough. Never rejects. */
export function createOwnUplink(
  anchors: readonly HostPort[],
  only: string | undefined,
  onFault: (error: unknown, what: string) => void,
): () => Promise<OwnUplink> {
  const outgoing = createOutgoing({ allow: EVERYWHERE, only, ownAddresses: () => [] });
  const reaches = async ({ host, port }: HostPort): Promise<boolean> => {
    try {
      const signal = AbortSignal.timeout(2 * CONNECT_MS);
      const { addresses } = await outgoing.resolve(host, signal);
      for (const address of addresses) {
        const { socket } = await outgoing.connect(address, port, signal, CONNECT_MS);
        socket?.destroy();
        if (socket !== null) return true;
      }
    } catch (error) {
      onFault(error, `asking the anchor ${host}:${port}`);
    }
    return false;
  };
  return async () => {
    if (anchors.length === 0) return 'unknown';
    return (await Promise.all(anchors.map(reaches))).includes(true) ? 'up' : 'down';
  };
}
