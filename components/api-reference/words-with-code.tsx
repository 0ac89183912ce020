/** A sentence in which names stand between backticks, as the description of the API has them. */
export function WordsWithCode({ text }: { text: string }) {
  return text.split('`').map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <code key={`${at} ${part}`} className="font-mono text-ink">
        {part}
      </code>
    ),
  );
}
