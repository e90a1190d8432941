#!/usr/bin/env node
/** Composition root of `kuager-collector`: arguments in, exit code out. What commands do is in commands/, loaded on use. */
import { Command, CommanderError, Option } from 'commander';
import type { InboundFlags } from './commands/inbound.ts';
import type { GlobalFlags } from './commands/io.ts';
import type { AddRootFlags } from './commands/lists.ts';
import type { LoneReflectorFlags } from './commands/reflector.ts';
import type { ServeFlags } from './commands/serve.ts';
import { readAsset } from './assets.ts';
import { COLLECTOR_ERRORS, describeError } from './errors.ts';

/** As package.json says. */
const { version: VERSION } = JSON.parse(readAsset('package.json')) as { readonly version: string };
const DEFAULT_LISTEN = '127.0.0.1:8080';

const io = {
  out: (line: string): void => void process.stdout.write(`${line}\n`),
  err: (line: string): void => void process.stderr.write(`${line}\n`),
};

interface EvidenceFlags {
  readonly data: string;
  readonly measurement?: readonly string[];
  readonly event?: readonly string[];
  readonly out: string;
  readonly force: boolean;
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
const many = (flags: string, description: string, whenAbsent = 'none'): Option =>
  new Option(flags, description).default([], whenAbsent).argParser(collect);

function addReflectorFlags(command: Command, listenWhenAbsent: string): Command {
  return command
    .addOption(
      many('--reflector-listen <host:port>', 'where the reflector listens (repeatable)', listenWhenAbsent),
    )
    .option('--reflector-cert <file>', 'its certificate chain, PEM, leaf first')
    .option('--reflector-key <file>', 'its private key, PEM')
    .addOption(
      many(
        '--reflector-address <address>',
        'what the descriptor names (repeatable)',
        'that of --reflector-listen',
      ),
    )
    .option('--self-signed-listen <host:port>', 'where it presents a self-signed certificate, if not beside')
    .option('--no-further-ports', 'listen on no ports but those given')
    .option('--asn-db <file>', 'which network an address belongs to: MMDB, or rows of prefix,asn,cc')
    .option('--country-db <file>', 'countries, where the first has none')
    .option('--whoami-zone <zone>', 'zone whose names tell a resolver its own network')
    .option('--whoami-listen <host:port>', 'where that zone is served, UDP');
}

function createProgram(): Command {
  const program = new Command('kuager-collector')
    .description('Receives, archives, judges and publishes what Kuäger probes have seen.')
    .version(VERSION)
    .addOption(new Option('--lang <lang>', 'language of sentences').choices(['kk', 'ru', 'en']).default('en'))
    .option('--json', 'JSON instead of text', false)
    .option('--debug', 'print stack traces', false)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  const flags = (): GlobalFlags => program.opts<GlobalFlags>();

  addReflectorFlags(
    program
      .command('serve')
      .description('run a collector with its control and reflector')
      .requiredOption('--data <dir>', 'folder of the archive and the keys')
      .option('--listen <host:port>', 'where the web side listens', DEFAULT_LISTEN)
      .option('--public-url <url>', 'how probes reach it, if not by --listen')
      .addOption(many('--lab-allow <cidr>', 'let the control reach this block; for labs only (repeatable)'))
      .addOption(
        many('--diary <file>', 'test list that the control looks at from time to time, CSV (repeatable)'),
      )
      .option('--diary-minutes <n>', 'how often, on average', '60')
      .addOption(
        many(
          '--own-anchor <host:port>',
          'whom to ask, by TCP, whether the own line works before a silence is announced (repeatable)',
        ),
      )
      .option('--outside <dir>', 'what others show: answers of IODA, Cloudflare Radar and OONI, JSON')
      .option('--calendar <file>', 'days to be named beside silences, CSV: date,title,source')
      .option('--notify <file>', 'who is told of alerts: webhooks and mail, JSON')
      .addOption(many('--extra-root <file>', 'a further trusted root, PEM (repeatable)'))
      .addOption(
        many(
          '--fingerprints <file>',
          'further interception authorities or block pages, in the form of the files of testlists/fingerprints (repeatable)',
        ),
      ),
    'the port after --listen',
  )
    .addOption(
      many(
        '--reflector-descriptor <file>',
        'entry of a reflector run by others, as it prints it (repeatable)',
      ),
    )
    .action(async (options: ServeFlags) => {
      const { serveCommand } = await import('./commands/serve.ts');
      await serveCommand(options, flags(), io);
    });

  addReflectorFlags(program.command('reflector').description('run a reflector alone'), 'none; needed')
    .addOption(many('--listen <host:port>', 'the same as --reflector-listen (repeatable)'))
    .option('--data <dir>', 'folder that keeps its keys')
    .action(async (options: LoneReflectorFlags) => {
      const { reflectorCommand } = await import('./commands/reflector.ts');
      await reflectorCommand(options, flags(), io);
    });

  program
    .command('rebuild')
    .description('throw away what was derived and derive it again')
    .requiredOption('--data <dir>', 'folder of the archive')
    .option('--latest', 'judge all with the newest snapshots, not those of each arrival', false)
    .action(async (options: { data: string; latest: boolean }) => {
      const { rebuildCommand } = await import('./commands/rebuild.ts');
      await rebuildCommand(options, flags(), io);
    });

  program
    .command('replay')
    .description('judge a folder of OONI measurements')
    .argument('<dir>', 'folder with .json, .jsonl and .jsonl.gz files')
    .action(async (dir: string) => {
      const { replayCommand } = await import('./commands/replay.ts');
      await replayCommand(dir, flags(), io);
    });

  program
    .command('evidence')
    .description('evidence bundles')
    .command('build')
    .description('write a bundle that a stranger can verify offline')
    .requiredOption('--data <dir>', 'folder of the archive')
    .option('--measurement <id...>', 'measurement ids')
    .option('--event <id...>', 'ids of interception events: all measurements of each')
    .requiredOption('--out <file>', 'the bundle, a .zip')
    .option('--force', 'overwrite --out', false)
    .action(async (options: EvidenceFlags) => {
      const { evidenceCommand } = await import('./commands/evidence.ts');
      const { measurement: measurements = [], event: events = [] } = options;
      await evidenceCommand({ ...options, measurements, events }, flags(), io);
    });

  program
    .command('explain-alert')
    .description(
      'show an alert, and whether the same follows again from what is kept (exit code 1: it does not)',
    )
    .argument('<id>', 'its number, as GET /api/v2/alerts has it')
    .requiredOption('--data <dir>', 'folder of the archive')
    .action(async (id: string, options: { data: string }) => {
      const { explainAlertCommand } = await import('./commands/explain-alert.ts');
      process.exitCode = await explainAlertCommand(id, options.data, flags(), io);
    });

  program
    .command('inbound')
    .description(
      'from this host towards listed servers: does a listed name fare otherwise than an innocuous one?',
    )
    .requiredOption('--servers <file>', 'CSV with the columns server, port, note; nothing else is contacted')
    .requiredOption('--names <file>', 'names to be said to them, one a line')
    .option('--innocuous <name>', 'what they are compared with', 'example.com')
    .option('--out <file>', 'also write the results there')
    .option('--data <dir>', 'folder of the keys: signs what --out writes')
    .addOption(many('--extra-root <file>', 'a further trusted root, PEM (repeatable)'))
    .addOption(many('--fingerprints <file>', 'further interception authorities (repeatable)'))
    .addOption(
      many('--lab-allow <cidr>', 'contact this block although it is private; for labs only (repeatable)'),
    )
    .action(async (options: InboundFlags) => {
      const { inboundCommand } = await import('./commands/inbound.ts');
      await inboundCommand(options, flags(), io);
    });

  program
    .command('lists')
    .description('lists of an operator’s own')
    .command('add-root')
    .description('put an authority that intercepts on a list, from its certificate')
    .argument('<file>', 'the certificate, PEM')
    .requiredOption('--note <text>', 'what is known of it')
    .requiredOption('--source <text>', 'where that is known from')
    .option('--id <id>', 'what verdicts call it, if not a name made of its own')
    .option('--data <dir>', 'the list that serve --data reads: interception.json in this folder')
    .option('--file <path>', 'another list, for --fingerprints')
    .option('--all', 'every certificate in the file is meant', false)
    .action(async (file: string, options: AddRootFlags) => {
      const { addRootCommand } = await import('./commands/lists.ts');
      addRootCommand(file, options, flags(), io);
    });

  const keys = program
    .command('keys')
    .description('print the public keys')
    .option('--data <dir>', 'folder of the keys')
    .action(async (options: { data?: string }, command: Command) => {
      const { keysCommand } = await import('./commands/keys.ts');
      if (options.data === undefined) command.error("error: required option '--data <dir>' not specified");
      else keysCommand(options.data, flags(), io);
    });
  keys
    .command('trust')
    .description('write the trust file for verifiers')
    .requiredOption('--out <file>', 'where to write it')
    .option('--force', 'overwrite --out', false)
    .option('--data <dir>', 'folder of the keys')
    .action(async (options: { out: string; force: boolean }, command: Command) => {
      const { trustCommand } = await import('./commands/keys.ts');
      const data = command.optsWithGlobals<{ data?: string }>().data;
      if (data === undefined) command.error("error: required option '--data <dir>' not specified");
      else trustCommand(data, options.out, options.force, io);
    });
  return program;
}

/** Commander throws for --help too; only its own faults are usage errors. */
function exitCodeOf(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : COLLECTOR_ERRORS.USAGE.exit;
  const { line, exit } = describeError(error);
  io.err(`kuager-collector: ${line}`);
  if (debug && error instanceof Error) io.err(error.stack ?? '');
  return exit;
}

const program = createProgram();
/** Nobody may see a stack trace: neither for an error that nothing awaited, nor when the output can’t be written. */
process.on('uncaughtException', (error) =>
  process.exit(exitCodeOf(error, program.opts<GlobalFlags>().debug)),
);
process.stderr.on('error', () => undefined);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `kuager-collector keys | head`: the reader has what it wanted.
  process.exit(error.code === 'EPIPE' ? 0 : exitCodeOf(error, program.opts<GlobalFlags>().debug));
});
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error, program.opts<GlobalFlags>().debug);
}
