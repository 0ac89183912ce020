import type { DockerAddress } from '@/server/containers/docker-address';
import type { SpanFacts, SpanOptions } from '@/server/tracing';

/** A step of a trace for a call to the engine, by OpenTelemetry's words for HTTP clients. The path without what stands in it for names: an image's may be anybody's. */
export function engineSpan(method: string, path: string, address: DockerAddress): { name: string; options: SpanOptions } {
  const template = path
    .replace(/^\/(containers|networks)\/(?!create$|json$)[^/]+/, '/$1/{id}')
    .replace(/^\/exec\/[^/]+/, '/exec/{id}')
    .replace(/^\/images\/.+\/json$/, '/images/{name}/json');
  const container = /^\/containers\/([0-9a-f]{64})(\/|$)/.exec(path)?.[1];
  const server: SpanFacts = 'socketPath' in address ? { 'server.address': address.socketPath, 'network.transport': 'unix' } : { 'server.address': address.host, 'server.port': address.port, 'network.transport': 'tcp' };
  return { name: `${method} ${template}`, options: { kind: 'client', facts: { 'http.request.method': method, 'url.template': template, ...server, ...(container !== undefined && { 'container.id': container }) } } };
}
