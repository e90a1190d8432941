import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import type { Intercept } from '../../scenarios/scenario.ts';
import type { Issued, LabCertificates } from '../certs.ts';
import { joinStreams } from './gate.ts';
import type { Link } from './gate.ts';
import type { Sockets } from './sockets.ts';

interface Interception {
  readonly sockets: Sockets;
  readonly certs: LabCertificates;
  readonly how: Pick<Intercept, 'authority' | 'key' | 'copies' | 'onlyTrustedOrigin'>;
  readonly client: Socket;
  /** What was read from the client already. */
  readonly hello: Buffer;
  readonly sni: string | null;
  /** A new connection to where the client wanted to go. */
  readonly dial: () => Socket;
  /** Told once both sides are joined. */
  readonly joined: (link: Link) => void;
}

/** Browsers' view of the chain as such: a destination's name is not what an interceptor of many names looks at. */
function handshakeWith(socket: Socket, sni: string | null, rootPem: string): TLSSocket {
  return connectTls({
    socket,
    ca: rootPem,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
    ...(sni === null ? {} : { servername: sni }),
  });
}

/**
 * Ends TLS here: a handshake of its own with the origin, then a forged chain for the client, and the text of both
 * passed on. Speaks HTTP/1.1 only, as such boxes do.
 */
export function interceptTls(box: Interception): void {
  const { sockets, certs, how, client, hello, sni, dial, joined } = box;
  const origin = handshakeWith(dial(), sni, certs.rootPem);
  sockets.watch(origin);
  const giveUp = (): void => void client.resetAndDestroy();
  origin.once('error', giveUp);
  client.once('close', () => origin.destroy());
  origin.once('secureConnect', () => {
    origin.off('error', giveUp);
    client.unshift(hello);
    if (how.onlyTrustedOrigin === true && !origin.authorized) {
      origin.destroy();
      joined(joinStreams(sockets, client, dial(), null));
      return;
    }
    const forged: Issued =
      how.copies === 'sni' && sni !== null
        ? certs.forgeFor(how.authority, sni, how.key)
        : certs.forgeCopy(how.authority, origin.getPeerCertificate().raw, how.key);
    const secure = new TLSSocket(client, {
      isServer: true,
      secureContext: createSecureContext({ cert: forged.certPem, key: forged.keyPem }),
      ALPNProtocols: ['http/1.1'],
    });
    sockets.watch(secure);
    joined(joinStreams(sockets, secure, origin, null));
  });
}
