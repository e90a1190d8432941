/** The one port beside those of the web about which a probe may ask: it serves nobody, so it tells a host from an address. */
import { expect, test } from 'vitest';
import { measureEndpoints, planEndpoints, tcpSection } from '../../../collector/control/endpoints.ts';
import type { Outgoing } from '../../../collector/control/outgoing.ts';
import { CLOSED_PORT } from '../../../shared/model/index.ts';
import { makeControl, startHttp } from './helpers.ts';

const PLACE = `127.0.0.1:${CLOSED_PORT}`;

test('is asked about only when the probe asks, and no other port is', async () => {
  const site = await startHttp((_, response) => response.end('yes'));
  const { ask } = makeControl({ 'site.example': ['127.0.0.1'] });
  const url = `http://site.example:${site.port}/`;
  const plain = await ask(url);
  expect(Object.keys(plain.reply.tcp_connect)).toEqual([`127.0.0.1:${site.port}`]);
  const asked = await ask(url, { tcp_connect: [PLACE, '127.0.0.1:49150'] });
  expect(asked.reply.tcp_connect[PLACE]).toEqual({ status: false, failure: 'connection_refused' });
  expect(Object.keys(asked.reply.tcp_connect)).toHaveLength(2);
});

test('nobody waits long for a host that drops what comes to it, unless it is the site’s own', async () => {
  const timeouts: (number | undefined)[] = [];
  const outgoing = {
    refusal: () => null,
    connect: (_address: string, _port: number, _signal: AbortSignal, timeoutMs?: number) => {
      timeouts.push(timeoutMs);
      return Promise.resolve({ socket: null, failure: 'generic_timeout_error', refusal: null });
    },
  } as unknown as Outgoing;
  const tools = { outgoing, appraise: () => null, signal: new AbortController().signal };
  for (const text of ['https://site.example/', `https://site.example:${CLOSED_PORT}/`]) {
    const url = new URL(text);
    const fromProbe = [{ address: '192.0.2.7', port: CLOSED_PORT }];
    const planned = planEndpoints({ url, own: [], fromProbe }, outgoing);
    const results = await measureEndpoints(planned, url, tools);
    expect(tcpSection(results)[`192.0.2.7:${CLOSED_PORT}`]?.failure).toBe('generic_timeout_error');
  }
  expect(timeouts).toEqual([2_000, undefined]);
});
