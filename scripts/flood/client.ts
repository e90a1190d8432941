/** Many probes at once, each handing in its spool one document after the other; and somebody who reads meanwhile. */
import type { SealedDocument } from './documents.ts';

const SEALED = 'application/vnd.kuager.sealed';
/** A collector that is being started again is waited for. Milliseconds. */
const AGAIN_AFTER_MS = 200;
const READ_EVERY_MS = 200;
const READ_PATHS = ['/', '/api/v2/blocking', '/api/v2/verdicts?limit=20'] as const;

export interface Uploads {
  /** Handed in so far, with a receipt. */
  readonly done: () => number;
  readonly finished: Promise<void>;
}

async function handIn(url: string, { bytes }: SealedDocument): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}/api/v1/submit`, {
        method: 'POST',
        headers: { 'content-type': SEALED },
        body: Buffer.from(bytes),
      });
      const text = await response.text();
      if (response.status === 200) return;
      if (response.status < 500 && response.status !== 429)
        throw new Error(`a document was refused: ${response.status} ${text.slice(0, 200)}`);
    } catch (error) {
      // The connection died, or nobody listens: the same bytes again, as a probe does.
      if (error instanceof Error && error.message.startsWith('a document was refused')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

export function upload(url: string, spools: readonly (readonly SealedDocument[])[]): Uploads {
  let done = 0;
  const probe = async (spool: readonly SealedDocument[]): Promise<void> => {
    for (const document of spool) {
      await handIn(url, document);
      done += 1;
    }
  };
  const finished = Promise.all(spools.map(probe)).then(() => undefined);
  // Whoever waits for it hears of it; until then nobody may be there.
  finished.catch(() => undefined);
  return { done: () => done, finished };
}

export interface Reader {
  stop(): Promise<readonly number[]>;
}

/** Reads pages in turn; `stop` gives the milliseconds that each took. */
export function read(url: string): Reader {
  const took: number[] = [];
  let stopped = false;
  const loop = async (): Promise<void> => {
    for (let i = 0; !stopped; i += 1) {
      const started = performance.now();
      const response = await fetch(`${url}${READ_PATHS[i % READ_PATHS.length]!}`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
      took.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
    }
  };
  const running = loop();
  running.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      await running;
      return took;
    },
  };
}
