import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';

export const previewPortSchema = z.number('A port is a number from 1 to 65535.').int('A port is a whole number.').min(1, 'Ports begin at 1.').max(65_535, 'Ports end at 65535.');

/** A port of a workspace, which is what one preview shows. */
export interface PreviewPlace {
  workspaceId: string;
  port: number;
}

export const listPreviewsInput = z.strictObject({ workspaceId: z.uuid() });

/** Where a preview begins: a path on its own origin. Two slashes would be another host's. */
const previewPathSchema = z.string().max(2_000).regex(/^\/(?![/\\])[\x21-\x7e]*$/, 'A path begins with one slash.');
export const openPreviewInput = z.strictObject({ workspaceId: z.uuid(), port: previewPortSchema, path: previewPathSchema.default('/') });
export type OpenPreviewInput = z.output<typeof openPreviewInput>;

/** Something in the workspace that listens. */
export interface ListeningPort {
  port: number;
  /** What the container calls the program; null where it does not tell. */
  program: MaskedText | null;
}

export interface PreviewsView {
  ports: ListeningPort[];
  /** Address below which previews have their own hosts; null while none is set. */
  base: string | null;
  /** Why none can be opened at the moment, whatever listens. */
  problem: string | null;
}

/**
 * The name of the host of one preview. Cookies ignore ports, so a host of its own is what keeps a preview from Anyon and from other previews.
 * It proves nothing: who may see the preview is asked at every request.
 */
export function previewLabel({ workspaceId, port }: PreviewPlace): string {
  return `p${port}-${workspaceId.replaceAll('-', '')}`;
}

/** The place that a label names; null for anything that is no label of ours, letter by letter. */
export function readPreviewLabel(label: string): PreviewPlace | null {
  const [, digits = '', hex = ''] = /^p([1-9]\d{0,4})-([0-9a-f]{32})$/.exec(label) ?? [];
  const workspaceId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const port = Number(digits);
  return port >= 1 && port <= 65_535 && z.uuid().safeParse(workspaceId).success ? { workspaceId, port } : null;
}

/** Origin of a preview below the address of all. */
export function previewOrigin(base: string, place: PreviewPlace): string {
  const { protocol, host } = new URL(base);
  return `${protocol}//${previewLabel(place)}.${host}`;
}
