/** The largest upload that is taken. */
export const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;

/** The upload is beyond a limit; nothing was recorded. */
export class UploadTooLargeError extends Error {
  override readonly name = 'UploadTooLargeError';
}

/** No upload is taken now, or this one was given up before anything was recorded. */
export class UploadBusyError extends Error {
  override readonly name = 'UploadBusyError';
}

/** An upload of more bytes than are taken. */
export function uploadTooLarge(): UploadTooLargeError {
  const message = `the upload is larger than ${MAX_UPLOAD_BYTES} bytes (100 MiB); nothing was recorded: split it`;
  return new UploadTooLargeError(message);
}
