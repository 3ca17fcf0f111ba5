import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../sandbox/command-line.ts';

const SERVE = {
  kind: 'serve',
  port: 4610,
  connectedStore: 'secrets-manager',
  fleetShards: 1,
} as const;

describe('npm start', () => {
  it.each([
    [[], { kind: 'story' }],
    [['--help'], { kind: 'help' }],
    [['-h', '--serve'], { kind: 'help' }],
    [['--serve'], SERVE],
    [['--serve', '--port', '0'], { ...SERVE, port: 0 }],
    [['--serve', '--port=65535'], { ...SERVE, port: 65_535 }],
    [['--serve', '--connected-store', 'dynamodb'], { ...SERVE, connectedStore: 'dynamodb' }],
    [['--serve', '--fleet-shards', '16'], { ...SERVE, fleetShards: 16 }],
    [['--run', 'node app.mjs'], { kind: 'run', shellCommand: 'node app.mjs' }],
  ])('understands %j', (args, command) => {
    expect(parseCommand(args)).toEqual(command);
  });

  it.each([
    [['--port', '4610'], '--serve'],
    [['--serve', '--port', '65536'], '"65536"'],
    [['--serve', '--port', '1e3'], '"1e3"'],
    [['--serve', '--port'], '--port'],
    [['--serve', 'more'], 'more'],
    [['--run'], '--run'],
    [['--run', ' '], '--run needs a command'],
    [['--serve', '--connected-store', 's3'], '"s3"'],
    [['--serve', '--fleet-shards', '3'], '1, 2, 4, 8, 16, was "3"'],
    [['--fleet-shards', '4'], '--fleet-shards requires --serve'],
    [['--run', 'node app.mjs', '--serve'], '--run does not take --serve'],
    [['--run', 'node app.mjs', '--port', '1'], '--run does not take --port'],
    [['--run', 'node app.mjs', '--connected-store', 'dynamodb'], 'does not take --connected-store'],
    [['--sevre'], '--sevre'],
  ])('refuses %j and says why', (args, fault) => {
    expect(() => parseCommand(args)).toThrow(fault);
  });
});
