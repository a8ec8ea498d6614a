"""The creation metadata of new records: what they hold besides what people entered."""

from dataclasses import dataclass

from assembly_service.drafts.engine.identifiers import new_guid
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.records import CodeScope, CreationMetadata, MatchMode
from assembly_service.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataFactory:
    """Makes creation metadata by the settings of this instance."""

    catalogue: ProductCatalogue
    code_scope: CodeScope
    match_mode: MatchMode
    clock: Clock

    async def new(self, organization: str, actor: str, operation: str) -> CreationMetadata:
        """Draw unused ids and numbers. Raises AWS's errors."""
        product_number, target_number = await self.catalogue.draw_numbers()
        now = self.clock()
        return CreationMetadata(
            organization=organization,
            actor=actor,
            operation_id=operation,
            written_at=now,
            product_guid=new_guid(now),
            target_guid=new_guid(now),
            product_number=product_number,
            target_number=target_number,
            match_mode=self.match_mode,
            code_scope=self.code_scope,
        )
