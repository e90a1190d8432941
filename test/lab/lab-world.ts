/** The world of a loopback lab's probe: its client's line, its device, and nothing of this machine. */
import { randomBytes } from 'node:crypto';
import { uploadCommand, type UploadFlags } from '../../probe/commands/upload.ts';
import type { World } from '../../probe/commands/world.ts';
import { createNet } from '../../probe/net/create-net.ts';
import type { OpenHttp } from '../../probe/net/http-client.ts';
import { createHttpOpener, type HttpOptions } from '../../probe/net/http-opener.ts';
import { GROUP_GAP_MS } from '../../probe/report/upload.ts';
import { LAB_BLOCKPAGE_ROWS, LAB_NETWORK_ROWS } from '../scenarios/index.ts';
import { LAB_ONLY } from './lab-collector.ts';
import type { ClientView, LoopbackLab } from './loopback/lab.ts';

/** The real HTTP client, over the client's line: what is punished reaches no control. */
function openerOf(client: ClientView, options: HttpOptions): OpenHttp {
  const open = createHttpOpener(options);
  return (demand) => {
    const http = open(demand);
    return { ...http, call: (call) => http.call({ ...call, url: client.urlNow(call.url) }) };
  };
}

/** `out`, `err`: get the lines that the program prints. */
export function labWorld(
  client: ClientView,
  lab: LoopbackLab,
  own: Required<Pick<World, 'stateFolder' | 'device'>>,
  out: string[],
  err: string[],
): World {
  return {
    ...own,
    now: () => Date.now() + client.clockOffsetMs,
    random: (n) => new Uint8Array(randomBytes(n)),
    createNet,
    createHttpOpener: (options) => openerOf(client, options),
    interfaces: () => client.interfaces(),
    routeAddress: () => Promise.resolve(client.routeAddress()),
    only: LAB_ONLY,
    lab: client.lab,
    extraInterceptionJson: [JSON.stringify({ version: 1, roots: lab.knownAuthorities })],
    extraBlockpageRows: LAB_BLOCKPAGE_ROWS,
    extraNetworkRows: LAB_NETWORK_ROWS,
    locale: 'C',
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    terminal: { interactive: false, color: false, columns: 80 },
    ask: () => Promise.resolve(null),
    stop: new AbortController().signal,
  };
}

/** What waits because the device was in another network just now is sent once that was a while ago. */
export function uploadLater(
  { collector, extraRoot }: Required<Pick<UploadFlags, 'collector' | 'extraRoot'>>,
  world: World,
): Promise<number> {
  return uploadCommand({ collector, extraRoot }, { ...world, now: () => world.now() + GROUP_GAP_MS });
}
