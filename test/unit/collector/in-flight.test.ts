/** One caller must not take the places of all: half-sent uploads, and the rule behind them. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInFlight } from '../../../collector/web/in-flight.ts';
import type { RunningCollector } from '../../../collector/serve.ts';
import { envelopeOf, makeMeasurement, startTestCollector, submit, temporaryFolder } from './support.ts';

describe('places in flight', () => {
  it('end for one subscriber before they end for all, and come back once each', () => {
    const places = createInFlight({ total: 3, perSubscriber: 2 });
    const [a, b, c, d, e] = [{}, {}, {}, {}, {}];
    expect([places.take(a, 'x'), places.take(b, 'x'), places.take(c, 'x')]).toEqual([true, true, false]);
    expect([places.take(d, 'y'), places.take(e, 'z')]).toEqual([true, false]);
    places.release(a);
    places.release(a);
    places.release(c);
    expect([places.take(c, 'x'), places.take(e, 'z')]).toEqual([true, false]);
  });
});

describe('uploads that are never finished', () => {
  const folder = temporaryFolder();
  const open: Socket[] = [];
  let collector: RunningCollector;
  beforeEach(async () => {
    collector = await startTestCollector(folder.path);
  });
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    await collector.close();
    folder.remove();
  });

  /** Sends the head and one byte of a body; resolves with what the collector says, or nothing after a while. */
  const begin = (localAddress: string): Promise<string> =>
    new Promise((resolve) => {
      const port = Number(new URL(collector.url).port);
      const socket = connect({ host: '127.0.0.1', port, localAddress }, () =>
        socket.write(
          'POST /api/v1/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
        ),
      );
      open.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', (chunk) => resolve(chunk.toString('latin1').split('\r\n', 1)[0] ?? ''));
      setTimeout(() => resolve(''), 1_500);
    });

  it('from one address leave room for everybody else', async () => {
    const answers = await Promise.all(Array.from({ length: 28 }, () => begin('127.0.0.2')));
    expect(answers.filter((line) => line.includes(' 503 ')).length).toBe(4);
    expect(answers.filter((line) => line === '').length).toBe(24);
    expect((await submit(collector.url, envelopeOf(makeMeasurement({})))).status).toBe(200);
    for (const socket of open.splice(0)) socket.destroy();
    await expect.poll(() => begin('127.0.0.2')).toBe('');
  });
});
