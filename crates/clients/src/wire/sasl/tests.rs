//! The negotiation against scripted servers: what goes wrong, which real ones rarely show.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::wire::{Options, Secret, dial, hint};

/// Dials a server that says `reply` to whatever comes and then hangs up.
fn against(reply: &'static [u8]) -> Result<Box<dyn Wire>, WireError> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let endpoint = Endpoint::new("127.0.0.1", listener.local_addr().expect("bound").port());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("accepts");
        let mut greeting = vec![0; 26];
        stream.read_exact(&mut greeting).expect("the greeting");
        assert_eq!(greeting, b"\x01\0\0\0\x05PLAIN\x02\0\0\0\x0b\0alice\0word");
        stream.write_all(reply).expect("replies");
    });
    let auth = Auth::Plain { user: "alice".into(), password: Secret::new("word") };
    let options = Options { auth, read_timeout: Duration::from_secs(10), ..Options::default() };
    let result = dial(&endpoint, &options);
    server.join().expect("the server's checks hold");
    result
}

fn error_against(reply: &'static [u8]) -> WireError {
    match against(reply) {
        Ok(_) => panic!("the login should fail"),
        Err(error) => error,
    }
}

#[test]
fn consent_leads_to_frames() {
    let mut wire = against(b"\x05\0\0\0\0\0\0\0\x02hi").expect("logs in");
    let mut text = String::new();
    wire.read_to_string(&mut text).expect("reads");
    assert_eq!(text, "hi");
}

#[test]
fn a_refusal_has_the_servers_words() {
    let error = error_against(b"\x03\0\0\0\x0dwrong passwrd");
    let WireError::Refused { mechanism, message, .. } = &error else { panic!("{error}") };
    assert_eq!((*mechanism, message.as_str()), ("PLAIN", "wrong passwrd"));
}

#[test]
fn other_protocols_are_named_with_the_setting_to_change() {
    for (reply, word) in [
        (&b"HTTP/1.1 400 Bad"[..], "transportMode=http"),
        (b"\x15\x03\x03\0\x02\x02\x46", "ssl"),
        (b"\x80\x01\0\x02\0\0\0\0", ""),
        (b"", "noSasl"),
        (b"\x05\0\0", "noSasl"),
    ] {
        let error = error_against(reply);
        let hint = hint(&error).unwrap_or_default();
        assert!(hint.contains(word), "{reply:?}: {error}: {hint}");
    }
}

#[test]
fn a_length_that_nobody_needs_is_not_believed() {
    let error = error_against(b"\x05\x7f\xff\xff\xff");
    assert!(matches!(error, WireError::Stranger { .. }), "{error}");
}

#[test]
fn a_server_out_of_turn_is_refused() {
    let error = error_against(b"\x02\0\0\0\0");
    assert!(error.to_string().contains("out of turn"), "{error}");
}
