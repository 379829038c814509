/** The sign of the page. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
      <path d="M2 3l6 10 6-10" fill="none" stroke-width="3" />
    </svg>
  );
}
