import { z } from 'zod';

/**
 * What a workspace may reach. In every level the model, the workspace's own repositories and what admins allow for the whole
 * install are reachable through the egress proxy; services of the VM, cloud metadata and private ranges never are.
 *
 *   none        nothing more
 *   allow-list  also the named hosts, on ports 80 and 443
 *   open        also every public address
 */
export const egressLevels = ['none', 'allow-list', 'open'] as const;
export const egressLevelSchema = z.enum(egressLevels);
export type EgressLevel = z.infer<typeof egressLevelSchema>;

/** `example.com` means that host; `*.example.com` means every host below it. Lower case, no port, no address. */
export const egressHostSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(253, 'A host name has at most 253 characters.')
  .regex(/^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'Enter a host name such as registry.npmjs.org, or *.example.com for all hosts below it.');

/** Package registries and code hosts that most builds need; what a new allow-list begins with. */
export const usualEgressHosts: readonly string[] = [
  'registry.npmjs.org',
  'registry.yarnpkg.com',
  'pypi.org',
  'files.pythonhosted.org',
  'crates.io',
  'index.crates.io',
  'static.crates.io',
  'proxy.golang.org',
  'sum.golang.org',
  'rubygems.org',
  'repo.maven.apache.org',
  'github.com',
  'api.github.com',
  'codeload.github.com',
  'raw.githubusercontent.com',
  'objects.githubusercontent.com',
  'deb.debian.org',
];

export const egressPolicySchema = z.object({
  level: egressLevelSchema,
  hosts: z.array(egressHostSchema).max(200, 'An allow-list has at most 200 hosts.'),
});
export type EgressPolicy = z.infer<typeof egressPolicySchema>;

/** A destination inside the operator's network that workspaces may reach although its address is private. Only admins add one. */
export const privateDestinationSchema = z.object({
  host: z
    .string()
    .trim()
    .toLowerCase()
    .min(1, 'Enter a host name or an IP address.')
    .max(253, 'A host name has at most 253 characters.')
    .regex(/^[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$/, 'Enter a host name or an IP address, without http:// and without a path.'),
  port: z.number().int().min(1, 'A port is a number from 1 to 65535.').max(65535, 'A port is a number from 1 to 65535.'),
});
export type PrivateDestination = z.infer<typeof privateDestinationSchema>;

export const privateDestinationViewSchema = privateDestinationSchema.extend({
  id: z.uuid(),
  note: z.string().nullable(),
  addedBy: z.string(),
  createdAt: z.date(),
});
export type PrivateDestinationView = z.infer<typeof privateDestinationViewSchema>;
export const addPrivateDestinationInput = privateDestinationSchema.extend({ note: z.string().trim().max(200).optional() });

/** A destination that the proxy refused to a workspace, counted. */
export const egressRefusalSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  /** Why, as a sentence that says what would allow it. */
  reason: z.string(),
  count: z.number().int(),
  firstAt: z.date(),
  lastAt: z.date(),
});
export type EgressRefusal = z.infer<typeof egressRefusalSchema>;
