//! Natives of `sky.utils.message_utils`.

pub mod decode_payload;
