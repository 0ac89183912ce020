/** How a place in the bar of a phone looks; the bar's height and a fifth of its width are enough for a thumb. */
export const barLooks = 'flex min-w-0 flex-1 basis-0 flex-col items-center justify-center gap-0.5 text-[11px] leading-4 font-medium -outline-offset-2';
