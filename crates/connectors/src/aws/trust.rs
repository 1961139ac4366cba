//! Whose certificates are trusted.

use std::path::Path;
use std::sync::Arc;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::config::ConfigError;

/// The system's certificates, or those of a bundle instead, as AWS's CLI and SDKs do it.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    bundle: Option<Arc<[u8]>>,
}

impl Trust {
    /// The certificates of a PEM file.
    pub fn bundle(path: &Path) -> Result<Trust, ConfigError> {
        let invalid = |message: String| ConfigError::InvalidCaBundle {
            path: path.display().to_string(),
            message,
        };
        let pem = std::fs::read(path).map_err(|error| invalid(error.to_string()))?;
        // The connector takes it for granted that they can be used.
        let mut usable = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
            usable
                .add(certificate)
                .map_err(|error| invalid(error.to_string()))?;
        }
        if usable.is_empty() {
            return Err(invalid("it holds no certificate in PEM form".to_owned()));
        }
        Ok(Trust {
            bundle: Some(pem.into()),
        })
    }

    pub fn tls_context(&self) -> TlsContext {
        let store = match &self.bundle {
            None => TrustStore::default(),
            Some(pem) => TrustStore::empty().with_pem_certificate(pem.to_vec()),
        };
        TlsContext::builder()
            .with_trust_store(store)
            .build()
            .unwrap_or_default()
    }
}
