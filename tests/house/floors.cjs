// The floors of docs/architecture.md: which room may import which. tests/house/floors.test.ts proves that each rule fires.
const domains = '^server/(workspaces|runs|secrets|connections|alerts|egress|people)/';
/** Sign-in decides nothing itself: it asks the room of people, and no other domain. */
const strangersToAuth = '^server/(workspaces|runs|secrets|connections|alerts|egress)/';
const adapters = '^server/(containers|queue|deployment|github|audit|outbound|telemetry)/';
const product = '^(app|cli|components|contract|server|db)/|^(proxy|instrumentation)\\.ts$';
const tests = '^tests/|\\.test\\.tsx?$';

/** A rule at error: `from` may not import `to`. */
function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

module.exports = {
  forbidden: [
    forbid('no-cycles', 'Two files that need each other are one idea, or two with a third between them.', {}, { circular: true }),
    forbid('contract-imports-only-zod', 'The contract runs in the browser and on the server; it knows neither.', { path: '^contract/', pathNot: tests }, { pathNot: '^contract/|^node_modules/zod/' }),
    forbid('db-imports-only-the-contract', 'Tables know no verbs.', { path: '^db/' }, { path: '^(app|components|server|docker|scripts)/' }),
    forbid('components-take-only-types-from-server', 'What the browser draws never carries server code.', { path: '^components/' }, { path: '^server/', dependencyTypesNot: ['type-only'] }),
    forbid('components-know-no-tables', 'Wire shapes are in the contract.', { path: '^components/' }, { path: '^(db|docker|scripts)/' }),
    forbid('trpc-calls-domains-not-adapters', 'A procedure is access, input and one call to a domain.', { path: '^server/trpc/', pathNot: tests }, { path: '^(server/(containers|queue|github)|db)/|^server/database\\.ts$' }),
    forbid('app-calls-domains-not-adapters', 'Doors hold no logic.', { path: '^app/|^(proxy|instrumentation)\\.ts$' }, { path: '^(server/(containers|queue|github)|db)/|^server/database\\.ts$' }),
    forbid('cli-knows-only-the-contract', 'The program `anyon` runs on another machine: all it has of Anyon is the public API.', { path: '^cli/' }, { path: '^(app|components|server|db|docker|scripts)/' }),
    forbid('nothing-stands-on-the-cli', 'It is one of many that call.', { path: product, pathNot: `^cli/|${tests}` }, { path: '^cli/' }),
    forbid('domains-know-no-transport', 'Supervision must run in a process without web parts.', { path: `${domains}|${adapters}` }, { path: '^(app|components|server/(trpc|auth|parent))/|^node_modules/(next|next-auth|@auth|@trpc|react|react-dom)/' }),
    forbid('auth-knows-no-trpc', 'Who asks is known before what is asked.', { path: '^server/auth/' }, { path: `^server/trpc/|${strangersToAuth}` }),
    forbid('runs-know-workspaces-never-back', 'The arrow between domains points one way.', { path: '^server/(workspaces|secrets|connections)/' }, { path: '^server/runs/' }),
    forbid('secrets-know-nobody-who-uses-them', 'What a secret is for is the business of connections, workspaces and runs.', { path: '^server/secrets/', pathNot: tests }, { path: '^server/(connections|workspaces)/' }),
    forbid('adapters-know-no-domain', 'Adapters are called, they do not call back.', { path: adapters }, { path: domains }),
    forbid('the-base-knows-no-room', 'Settings, errors and the log are what everything stands on.', { path: '^server/(env|log|log-destination|errors|meters|tracing|process-state|failpoint)\\.ts$' }, { path: '^(app|components|db)/|^server/[^/]+/' }),
    forbid('one-room-holds-the-engine', 'Everything else goes through the contract of server/containers.', { pathNot: `^server/containers/|${tests}` }, { path: '^node_modules/(@types/)?(dockerode|docker-modem)/' }),
    forbid('one-room-sends-telemetry', 'Nothing of it is loaded where nobody has asked for it: whoever starts it imports it when it is wanted.', { pathNot: `^server/telemetry/|${tests}` }, { path: '^node_modules/(@opentelemetry|@fluent-org)/' }),
    forbid('no-tests-in-the-product', 'Tests know the product, never the other way round.', { path: product, pathNot: tests }, { path: tests }),
    forbid('no-scripts-in-the-product', 'Scripts prepare a machine; the product runs on a prepared one.', { path: product, pathNot: tests }, { path: '^scripts/' }),
    forbid('every-import-is-found', 'An import that leads nowhere escapes every other rule.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.next|dist|\\.tools)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.css'] },
  },
};
