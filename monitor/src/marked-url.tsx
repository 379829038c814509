import type { Piece } from './highlight.ts';

/** A URL or template with what was substituted marked. The text is the URL, to the letter, also when copied. */
export function MarkedUrl({ pieces }: { pieces: readonly Piece[] }) {
  return (
    <>
      {pieces.map((piece, index) => (
        <PieceOf key={index} piece={piece} />
      ))}
    </>
  );
}

function PieceOf({ piece }: { piece: Piece }) {
  if (piece.kind === 'text') return <>{piece.text}</>;
  if (piece.kind === 'host') return <span class="host">{piece.text}</span>;
  if (piece.kind === 'value') {
    return (
      <mark class="value" title={`{${piece.name}}`}>
        {piece.text}
      </mark>
    );
  }
  return (
    <mark class={piece.text ? 'open' : 'open empty'} title={`{${piece.name}} had no value`}>
      {piece.text}
    </mark>
  );
}
