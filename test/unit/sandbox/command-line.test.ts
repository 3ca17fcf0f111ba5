import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../sandbox/command-line.ts';

describe('npm start', () => {
  it.each([
    [[], { kind: 'story' }],
    [['--help'], { kind: 'help' }],
    [['-h', '--serve'], { kind: 'help' }],
    [['--serve'], { kind: 'serve', port: 4610 }],
    [['--serve', '--port', '0'], { kind: 'serve', port: 0 }],
    [['--serve', '--port=65535'], { kind: 'serve', port: 65_535 }],
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
    [['--run', 'node app.mjs', '--serve'], 'neither --serve'],
    [['--run', 'node app.mjs', '--port', '1'], 'nor --port'],
    [['--sevre'], '--sevre'],
  ])('refuses %j and says why', (args, fault) => {
    expect(() => parseCommand(args)).toThrow(fault);
  });
});
