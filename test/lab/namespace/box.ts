import type { Socket } from 'node:net';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { LabCertificates } from '../certs.ts';
import { countingBox, decide } from '../loopback/decide.ts';
import type { Takes } from '../loopback/decide.ts';
import { readFirstBytes } from '../loopback/first-bytes.ts';
import { joinStreams } from '../loopback/gate.ts';
import { interceptTls } from '../loopback/intercept.ts';
import { BOX, boxPlaces, HTTPS_PORT } from './layout.ts';
import type { BoxPlace } from './layout.ts';
import type { WorldSockets } from './world-sockets.ts';
import { dialFrom, listenAt } from './world-sockets.ts';

/**
 * The box to which the path turns connections when a rule needs one that ends them: it intercepts TLS, hands over to another
 * site, and joins the rest to where they were meant to go. What a rule does to packets has been done before.
 */

type Dial = (endpoint: { readonly address: string; readonly port: number }) => Socket;

function serve(
  sockets: WorldSockets,
  certs: LabCertificates,
  scenario: Scenario,
  place: BoxPlace,
  takes: Takes,
  client: Socket,
): void {
  const dial: Dial = ({ address, port }) =>
    dialFrom(sockets, address.includes(':') ? BOX[6] : BOX[4], address, port);
  const join = (endpoint: BoxPlace['endpoint'], held: Buffer): void => {
    if (endpoint === null) {
      client.resetAndDestroy();
      return;
    }
    const origin = dial(endpoint);
    origin.write(held);
    joinStreams(sockets, client, origin, null);
  };
  let held: Buffer = Buffer.alloc(0);
  const onEnd = (): void => void client.destroy();
  const onData = (bytes: Buffer): void => {
    held = Buffer.concat([held, bytes]);
    const seen = readFirstBytes(held);
    if (seen.kind === 'need more') return;
    client.off('data', onData);
    client.off('end', onEnd);
    client.pause();
    const action = decide(scenario.censor, seen, seen, place.endpoint?.address ?? null, takes)?.action;
    if (action?.kind === 'divert') {
      const address = scenario.sites.find((site) => site.host === action.to)?.addresses[0];
      join(address === undefined ? null : { address, port: HTTPS_PORT }, held);
      return;
    }
    const { endpoint } = place;
    if (action?.kind !== 'intercept' || endpoint === null) {
      join(endpoint, held);
      return;
    }
    interceptTls({
      sockets,
      certs,
      how: action,
      client,
      hello: held,
      sni: seen.kind === 'tls' ? seen.sni : null,
      dial: () => dial(endpoint),
      joined: () => undefined,
    });
  };
  client.on('data', onData);
  client.on('end', onEnd);
}

export async function startBox(
  sockets: WorldSockets,
  certs: LabCertificates,
  scenario: Scenario,
): Promise<void> {
  const takes = countingBox();
  for (const place of boxPlaces(scenario))
    for (const address of [BOX[4], BOX[6]])
      await listenAt(address, place.boxPort, (client) => {
        sockets.watch(client);
        serve(sockets, certs, scenario, place, takes, client);
      });
}
