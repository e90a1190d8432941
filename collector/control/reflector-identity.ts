/** Who a reflector is, read from the certificate that it presents. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';

type ReflectorErrorCode =
  | 'REFLECTOR_BAD_CERTIFICATE'
  | 'REFLECTOR_CERTIFICATE_WITHOUT_NAME'
  | 'REFLECTOR_KEY_MISMATCH'
  | 'REFLECTOR_PORT_TAKEN'
  | 'REFLECTOR_PORT_FORBIDDEN'
  | 'REFLECTOR_LISTEN_FAILED';

export class ReflectorError extends Error {
  override readonly name = 'ReflectorError';
  readonly code: ReflectorErrorCode;
  constructor(code: ReflectorErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What a failed bind means. */
export function asReflectorError(error: NodeJS.ErrnoException, host: string, port: number): ReflectorError {
  const where = `${host} port ${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new ReflectorError('REFLECTOR_PORT_TAKEN', `${where} is taken by another program`, error);
    case 'EACCES':
      return new ReflectorError('REFLECTOR_PORT_FORBIDDEN', `${where} may not be bound by this user`, error);
    default:
      return new ReflectorError('REFLECTOR_LISTEN_FAILED', `${where} cannot be listened on`, error);
  }
}

export interface ReflectorIdentity {
  /** The first DNS name of the certificate that is no wildcard. */
  readonly name: string;
  /** Hex SHA-256 of the leaf's SubjectPublicKeyInfo. */
  readonly spkiSha256: string;
  readonly context: SecureContext;
}

/** Characters of an ordinary host name; Node quotes stranger ones in its rendering of the extension. */
const DNS_NAME = /(?:^|, )DNS:([a-z0-9_][a-z0-9._-]*)(?=,|$)/i;

function read<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ReflectorError(
      'REFLECTOR_BAD_CERTIFICATE',
      'the reflector’s certificate or key cannot be read',
      error,
    );
  }
}

/**
 * @param key PEM private key. @param cert PEM chain, leaf first.
 * @throws ReflectorError
 */
export function readIdentity(key: string, cert: string): ReflectorIdentity {
  const leaf = read(() => new X509Certificate(cert));
  const privateKey: KeyObject = read(() => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey))
    throw new ReflectorError(
      'REFLECTOR_KEY_MISMATCH',
      'the reflector’s key does not belong to its certificate',
    );
  const name = DNS_NAME.exec(leaf.subjectAltName ?? '')?.[1];
  if (name === undefined)
    throw new ReflectorError(
      'REFLECTOR_CERTIFICATE_WITHOUT_NAME',
      'the reflector’s certificate has no DNS name of its own',
    );
  const spki = leaf.publicKey.export({ type: 'spki', format: 'der' });
  return {
    name: name.toLowerCase(),
    spkiSha256: createHash('sha256').update(spki).digest('hex'),
    // Old protocol versions stay on: the reflector must look ordinary to every client that measures a path to it.
    context: read(() =>
      createSecureContext({ key, cert, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
    ),
  };
}
