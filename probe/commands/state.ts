/** What this program keeps on the device: keys, spool, local results. One object, so that commands share one way in. */
import { REPLY_KEY_BYTES } from '../../shared/codec/sealed-reply.ts';
import type { Measurement, Verdict } from '../../shared/model/index.ts';
import { openIdentities, type Identities, type Identity } from '../report/identity.ts';
import { openMetAuthorities, type MetAuthorities } from '../report/met-authorities.ts';
import { openResults, type Results } from '../report/results.ts';
import { sealMeasurement, sealPrivatePart, submissionOf, type SealedMeasurement } from '../report/seal.ts';
import { openSpool, type Spool } from '../report/spool.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

export interface Sealed extends SealedMeasurement {
  readonly identity: Identity;
}

export interface State {
  readonly identities: Identities;
  readonly spool: Spool;
  readonly results: Results;
  readonly met: MetAuthorities;
  /** The key that signs on this network now. */
  identityFor(settings: RunSettings, now: number): Promise<Identity>;
  seal(redacted: Measurement, identity: Identity): Sealed;
  spoolMeasurement(sealed: Sealed, settings: RunSettings): Promise<void>;
  keepResult(measurementId: string, input: string, verdict: Verdict, now: number): Promise<void>;
  /** Of the key in use now; null before the first seal. */
  currentGroup(): string | null;
  /** Old keys, old receipts, old results go. */
  destroyExpired(now: number): Promise<void>;
}

const PLAIN_WARNING =
  'the collector’s key is not known yet: measurements lie readable on this disk until it is (`kuager forget` deletes them)';

export async function openState(world: World): Promise<State> {
  const folder = world.stateFolder;
  const identities = await openIdentities(`${folder}/identity`);
  const spool = await openSpool({
    folder: `${folder}/spool`,
    random: (n) => world.random(n),
    warn: (line) => world.err(line),
  });
  const results = await openResults(`${folder}/results`);
  const met = await openMetAuthorities(`${folder}/authorities`);
  let group: string | null = null;
  let warned = false;
  return {
    identities,
    spool,
    results,
    met,
    identityFor: ({ vantage: { cc, asn } }, now) => identities.keyFor({ cc, asn, now }),
    seal(redacted, identity) {
      group = identity.group;
      return { ...sealMeasurement(redacted, identity), identity };
    },
    async spoolMeasurement(sealed, settings) {
      const { region, vantage } = settings;
      const facts = {
        ...(region === null ? {} : { region }),
        ...(vantage.networkType === 'mobile' ? { networkType: 'mobile' as const } : {}),
      };
      const privatePart = sealPrivatePart(sealed.measurementId, facts, sealed.identity);
      const replyKey = world.random(REPLY_KEY_BYTES);
      const added = await spool.add({
        measurementId: sealed.measurementId,
        group: sealed.identity.group,
        submission: submissionOf(sealed.envelope, privatePart, replyKey),
        replyKey,
      });
      if (!added.sealed && !warned) world.err(PLAIN_WARNING);
      warned ||= !added.sealed;
    },
    keepResult: (measurementId, input, verdict, now) =>
      results.add({ measurementId, input, day: new Date(now).toISOString().slice(0, 10), verdict }),
    currentGroup: () => group,
    async destroyExpired(now) {
      const waiting = new Set((await spool.pending()).entries.map((e) => e.group));
      await identities.destroyExpired({ now, waiting });
      await spool.prune(now);
      await results.prune(now);
      await met.prune(now);
    },
  };
}
