import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnreadStore } from '../../../probe/trust-store/device-files.ts';
import { MAX_ALL_FILES, realFiles } from '../../../probe/trust-store/real-files.ts';

const MAX_BYTES = MAX_ALL_FILES / 4;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kuager-files-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('reads no more than a device’s stores can have, however many large files lie there', async () => {
  const paths = Array.from({ length: 7 }, (_, i) => join(folder, `${i}.pem`));
  for (const path of paths) {
    writeFileSync(path, '');
    truncateSync(path, MAX_BYTES);
  }
  const files = realFiles();
  const read = await Promise.allSettled(paths.map((path) => files.read(path, MAX_BYTES)));
  const refused = read.flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
  expect(read.length - refused.length).toBe(4);
  for (const reason of refused) {
    expect(reason).toBeInstanceOf(UnreadStore);
    expect(reason).toMatchObject({ reason: 'too_large' });
  }
  // Another look begins anew.
  expect((await realFiles().read(paths[0]!, MAX_BYTES))?.bytes).toHaveLength(MAX_BYTES);
});
