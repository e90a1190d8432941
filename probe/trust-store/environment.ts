/** Roots that programs are told of by the environment: Node, OpenSSL, curl, Python. Only what this process can see. */
import { delimiter, join } from 'node:path';
import { MAX_CERTIFICATE_FILE_BYTES, readCertificateFile } from './certificate-file.ts';
import { HASHED_NAME } from './linux.ts';
import { readingOf, type StoredCertificate, type StoreReader } from './reading.ts';

const FILE_VARIABLES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'];
const FOLDER_VARIABLES = ['SSL_CERT_DIR'];

/** OpenSSL looks a root up by the hash of its name: no other file of the folder counts. */
const hashed = (names: readonly string[]): readonly string[] =>
  names.filter((name) => HASHED_NAME.test(name));

export const readEnvironment: StoreReader = async (files) => {
  const read = async (variable: string, path: string): Promise<readonly StoredCertificate[] | null> => {
    const file = await files.read(path, MAX_CERTIFICATE_FILE_BYTES);
    if (file === null) return null;
    const place = `${variable}=${path}`;
    return readCertificateFile(file.bytes).map(({ der, trusted }) => ({
      der,
      place,
      trusted: trusted ?? true,
      shipped: false,
      since: null,
    }));
  };
  const value = (variable: string): string | null => {
    const text = files.environment[variable];
    return text === undefined || text === '' ? null : text;
  };
  const inFiles = FILE_VARIABLES.map(async (variable) => {
    const path = value(variable);
    if (path === null) return [];
    return readingOf('environment', `${variable}=${path}`, () => read(variable, path));
  });
  const inFolders = FOLDER_VARIABLES.flatMap((variable) =>
    (value(variable)?.split(delimiter) ?? []).map((path) =>
      readingOf('environment', `${variable}=${path}`, async () => {
        const names = await files.list(path);
        if (names === null) return null;
        return (await Promise.all(hashed(names).map((name) => read(variable, join(path, name))))).flatMap(
          (found) => found ?? [],
        );
      }),
    ),
  );
  return (await Promise.all([...inFiles, ...inFolders])).flat();
};
