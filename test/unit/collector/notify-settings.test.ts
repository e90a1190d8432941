import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CollectorError } from '../../../collector/errors.ts';
import { readNotifyFiles } from '../../../collector/notifications.ts';
import { readNotifySettings } from '../../../collector/notify/settings.ts';
import { temporaryFolder, type TemporaryFolder } from './support.ts';

const WHOLE = {
  webhooks: [{ url: 'https://hooks.example/in?room=1', kinds: ['silence'] }],
  mail_server: {
    host: 'mail.example',
    user: 'kuager',
    password_file: 'password',
    from: 'alerts@kuager.example',
  },
  recipients: [{ address: 'editor@paper.example', language: 'kk' }],
  per_hour: 3,
  allow: ['10.0.0.0/8'],
  ca_file: 'ca.pem',
};
const problemsOf = (value: unknown): readonly string[] => {
  const reading = readNotifySettings(typeof value === 'string' ? value : JSON.stringify(value));
  return 'problems' in reading ? reading.problems : [];
};

describe('the settings of who is told', () => {
  it('are read whole, with what is usual where nothing is said', () => {
    expect(readNotifySettings(JSON.stringify(WHOLE))).toMatchObject({
      ok: {
        webhooks: [{ kinds: ['silence'] }],
        mailServer: { port: 587, implicitTls: false, passwordFile: 'password' },
        recipients: [{ language: 'kk', kinds: ['interception', 'blocking', 'silence'] }],
        perHour: 3,
      },
    });
    expect(readNotifySettings('{}')).toMatchObject({ ok: { webhooks: [], recipients: [], perHour: 6 } });
  });

  it.each([
    ['no JSON', '{', ['it is not JSON']],
    ['a list', [], ['settings must be an object']],
    ['a misspelt name', { webhook: [] }, ['settings.webhook is no setting']],
    ['plain http', { webhooks: [{ url: 'http://hooks.example/' }] }, [/https URL/]],
    ['another scheme', { webhooks: [{ url: 'file:///etc/passwd' }], allow: ['10.0.0.0/8'] }, [/https URL/]],
    ['a password in a URL', { webhooks: [{ url: 'https://a:b@hooks.example/' }] }, [/without a user/]],
    [
      'an unknown kind',
      { webhooks: [{ url: 'https://a.example/', kinds: ['war'] }] },
      [/list of interception/],
    ],
    ['no kinds', { webhooks: [{ url: 'https://a.example/', kinds: [] }] }, [/list of interception/]],
    [
      'one URL twice',
      { webhooks: [{ url: 'https://a.example/' }, { url: 'https://a.example/' }] },
      [/twice/],
    ],
    ['mail without a server', { recipients: WHOLE.recipients }, ['recipients need a mail_server']],
    ['a number that is none', { per_hour: 0 }, ['per_hour must be a whole number from 1 to 60']],
    ['a block that is none', { allow: ['10.0.0.0/64'] }, ['allow[0] must be a CIDR block']],
    ['too many', { webhooks: Array.from({ length: 101 }, () => ({})) }, [/at most 100/]],
    [
      'a user without a password',
      { mail_server: { host: 'h', from: 'a@b.example', user: 'u' } },
      ['mail_server.user and mail_server.password_file go together'],
    ],
  ] as const)('refuse %s in one line', (_what, value, wanted) => {
    const problems = problemsOf(value);
    expect(problems).toHaveLength(wanted.length);
    wanted.forEach((line, i) => expect(problems[i]).toMatch(line));
    for (const problem of problems) expect(problem).not.toMatch(/\n/);
  });

  it.each([
    'a@b.example, c@d.example',
    'Name <a@b.example>',
    'a@b.example\r\nBcc: c@d.example',
    'a@b.example\u0000',
    '@b.example',
    'a@',
    '',
    `${'a'.repeat(65)}@b.example`,
  ])('take no address that is more than one address: %j', (address) => {
    const settings = { ...WHOLE, recipients: [{ address, language: 'ru' }] };
    expect(problemsOf(settings)).toEqual(['recipients[0].address must be a mail address']);
  });

  it('name every bad field, not the first', () => {
    const bad = {
      webhooks: [{ url: 1, x: 1 }],
      recipients: [{ address: 'x', language: 'de' }],
      per_hour: 1.5,
    };
    expect(problemsOf(bad)).toHaveLength(6);
  });
});

describe('the files behind them', () => {
  let folder: TemporaryFolder;
  const file = (name: string): string => join(folder.path, name);
  const write = (name: string, text: string, mode = 0o600): void => {
    writeFileSync(file(name), text);
    chmodSync(file(name), mode);
  };
  const codeOf = (): string => {
    try {
      readNotifyFiles(file('notify.json'));
    } catch (error) {
      return error instanceof CollectorError ? error.code : String(error);
    }
    return 'none';
  };
  beforeEach(() => {
    folder = temporaryFolder();
    write('notify.json', JSON.stringify(WHOLE));
    write('password', 'secret\n');
    write('ca.pem', 'a certificate', 0o644);
  });
  afterEach(() => folder.remove());

  it('are found beside the settings', () => {
    expect(readNotifyFiles(file('notify.json'))).toMatchObject({ password: 'secret', ca: 'a certificate' });
  });

  it.skipIf(process.platform === 'win32')(
    'are files: nobody waits at a pipe, or reads a device to its end',
    () => {
      unlinkSync(file('ca.pem'));
      execFileSync('mkfifo', [file('ca.pem')]);
      expect(codeOf()).toBe('FILE_UNREADABLE');
      unlinkSync(file('ca.pem'));
      symlinkSync('/dev/zero', file('ca.pem'));
      expect(codeOf()).toBe('FILE_UNREADABLE');
      unlinkSync(file('ca.pem'));
      write('ca.pem', '');
      truncateSync(file('ca.pem'), 2 ** 31);
      expect(codeOf()).toBe('FILE_UNREADABLE');
    },
  );

  it('may not be read by others where they hold a password or say who is told', () => {
    chmodSync(file('password'), 0o640);
    expect(codeOf()).toBe('NOTIFY_RIGHTS');
    chmodSync(file('password'), 0o600);
    chmodSync(file('notify.json'), 0o644);
    expect(codeOf()).toBe('NOTIFY_RIGHTS');
    const nobody = { webhooks: WHOLE.webhooks };
    write('notify.json', JSON.stringify(nobody), 0o644);
    expect(codeOf()).toBe('none');
  });

  it('are named when they are missing, huge or wrong', () => {
    write('notify.json', JSON.stringify({ ...WHOLE, ca_file: 'nothing.pem' }));
    expect(codeOf()).toBe('FILE_UNREADABLE');
    write('notify.json', ' '.repeat(2 * 1024 * 1024));
    expect(codeOf()).toBe('FILE_UNREADABLE');
    write('notify.json', '[]');
    expect(codeOf()).toBe('NOTIFY_INVALID');
  });
});
