/** The collector as a program that runs for weeks knows it: learnt when it first answers, and again every day. */
import type { Descriptor } from '../../shared/model/index.ts';
import type { OpenHttp } from '../net/http-client.ts';
import { fetchDescriptor, type KnownCollector } from '../report/descriptor.ts';
import { ReportError } from '../report/errors.ts';
import { readDescriptorFile } from './learn-collector.ts';
import type { World } from './world.ts';

/** Keys of servers change now and then. Milliseconds. */
const MAX_AGE_MS = 24 * 60 * 60_000;
/** Errors that a better line may end; anything else is for a person. */
const SURVIVED: readonly string[] = ['COLLECTOR_UNREACHABLE', 'COLLECTOR_UNTRUSTED', 'DESCRIPTOR_INVALID'];

export interface CollectorKnowledge {
  /** Asks where nothing is known, or what is known is old; null: still nothing. */
  descriptor(): Promise<Descriptor | null>;
  /** Without asking. */
  current(): Descriptor | null;
  /** It answers now. */
  isThere(): Promise<boolean>;
}

/** Throws `COLLECTOR_KEY_CHANGED`, `STATE_DAMAGED`, FILE_UNREADABLE on the first question only: later ones keep what is known. */
export function createCollectorKnowledge(options: {
  readonly collectorUrl: string;
  readonly descriptorFile: string | null;
  readonly openHttp: OpenHttp;
  readonly world: World;
}): CollectorKnowledge {
  const { collectorUrl, descriptorFile, openHttp, world } = options;
  let known: Descriptor | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;

  const ask = async (): Promise<KnownCollector | null> => {
    try {
      return await fetchDescriptor({
        collectorUrl,
        folder: `${world.stateFolder}/collectors`,
        openHttp,
        signal: world.stop,
        given: await readDescriptorFile(descriptorFile),
      });
    } catch (error) {
      if (!(error instanceof ReportError)) throw error;
      if (known === null && !SURVIVED.includes(error.code)) throw error;
      if (!SURVIVED.includes(error.code)) world.err(error.message);
      return null;
    }
  };

  return {
    current: () => known,
    async descriptor() {
      if (known !== null && Math.abs(world.now() - askedAt) < MAX_AGE_MS) return known;
      askedAt = world.now();
      known = (await ask())?.descriptor ?? known;
      return known;
    },
    async isThere() {
      const answer = await ask();
      known = answer?.descriptor ?? known;
      return answer !== null && !answer.cached;
    },
  };
}
