import type { FencedCode } from './fenced-code.ts';

/** What the surroundings of a fragment declare, as its document says. */
const SURROUNDINGS: readonly (readonly [name: string, declaration: string])[] = [
  ['leadsFunction', "declare const leadsFunction: import('aws-cdk-lib/aws-lambda').Function;"],
  ['openIncident', "declare const openIncident: import('aws-cdk-lib/aws-lambda').Function;"],
  ['backendFunction', "declare const backendFunction: import('aws-cdk-lib/aws-lambda').Function;"],
  ['signal', 'declare const signal: AbortSignal;'],
];
const CONSTRUCT = "declare const zoho: import('zoho-token-refresher').ZohoTokenRefresher;";
const CLIENT = "declare const zoho: import('zoho-token-refresher/client').ZohoClient;";
const CDK = new Map([
  ['ManagedPolicy', 'aws-cdk-lib/aws-iam'],
  ['PermissionsBoundary', 'aws-cdk-lib/aws-iam'],
]);

/**
 * A snippet as a module of its own. A fragment that uses `this` is put into the constructor of a stack. What it uses and does not
 * declare is declared: the construct or the client as `zoho`, and what its document has said before.
 */
export function toModule({ code }: FencedCode): string {
  const imports = code.match(/^import [\s\S]*?;$/gm) ?? [];
  const body = imports.reduce((rest, statement) => rest.replace(statement, ''), code);
  const uses = (name: string) => new RegExp(`(?<![\\w.'])${name}\\b(?!['/:-])`).test(body);
  const declares = (name: string) =>
    new RegExp(`\\b(?:const|let|function|class) ${name}\\b|import .*\\b${name}\\b`).test(code);
  const isFree = (name: string) => uses(name) && !declares(name);
  const declarations = [
    ...SURROUNDINGS.filter(([name]) => isFree(name)).map(([, declaration]) => declaration),
    ...(isFree('zoho') ? [/\bzoho\.(?:fetch|getAccessToken|report)/.test(body) ? CLIENT : CONSTRUCT] : []),
    ...[...CDK]
      .filter(([name]) => isFree(name))
      .map(([name, module]) => `import { ${name} } from '${module}';`),
  ];
  const isInStack = /\bthis[,.)]/.test(body) && !/\bclass\b/.test(body);
  const wrapped = isInStack
    ? `import { Stack as Surrounding } from 'aws-cdk-lib';\nexport class Snippet extends Surrounding {\n  constructor() {\n    super();\n${body}  }\n}\n`
    : `${body}\nexport {};\n`;
  return [...imports, ...declarations, wrapped].join('\n');
}
