import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import type { Issued, LabCertificates } from '../certs.ts';
import type { Sockets } from './sockets.ts';

export interface Interception {
  readonly authority: 'unknown' | 'known';
  readonly copies: 'origin' | 'sni';
}

/**
 * Ends TLS here: a handshake of its own with the origin, then a forged chain for the client, and the text of both
 * passed on. `hello` is what was read from the client already. Speaks HTTP/1.1 only, as such boxes do.
 */
export function interceptTls(
  sockets: Sockets,
  certs: LabCertificates,
  how: Interception,
  client: Socket,
  hello: Buffer,
  sni: string | null,
  originPort: number,
): void {
  const origin = connectTls({
    socket: sockets.connect(originPort),
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ...(sni === null ? {} : { servername: sni }),
  });
  sockets.watch(origin);
  const giveUp = (): void => void client.resetAndDestroy();
  origin.once('error', giveUp);
  origin.once('secureConnect', () => {
    origin.off('error', giveUp);
    const forged: Issued =
      how.copies === 'sni' && sni !== null
        ? certs.forgeFor(how.authority, sni)
        : certs.forgeCopy(how.authority, origin.getPeerCertificate().raw);
    client.unshift(hello);
    const secure = new TLSSocket(client, {
      isServer: true,
      secureContext: createSecureContext({ cert: forged.certPem, key: forged.keyPem }),
      ALPNProtocols: ['http/1.1'],
    });
    sockets.watch(secure);
    secure.pipe(origin).pipe(secure);
    secure.once('close', () => origin.destroy());
    origin.once('close', () => secure.end());
  });
}
