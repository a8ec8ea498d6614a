"""The creation metadata of new records: all that they hold beside what people gave."""

from assembly_service.drafts.engine.identifiers import new_guid
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.records import CodeScope, CreationMetadata, MatchMode
from assembly_service.runtime.clock import Clock


class MetadataFactory:
    """Makes creation metadata by the settings of this instance."""

    def __init__(
        self,
        *,
        catalogue: ProductCatalogue,
        code_scope: CodeScope,
        match_mode: MatchMode,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._code_scope: CodeScope = code_scope
        self._match_mode: MatchMode = match_mode
        self._clock = clock

    async def new(self, organization: str, actor: str, operation: str) -> CreationMetadata:
        """Ids and numbers that nothing else has. Raises AWS's errors."""
        product_number, target_number = await self._catalogue.draw_numbers()
        now = self._clock()
        return CreationMetadata(
            organization=organization,
            actor=actor,
            operation_id=operation,
            written_at=now,
            product_guid=new_guid(now),
            target_guid=new_guid(now),
            product_number=product_number,
            target_number=target_number,
            match_mode=self._match_mode,
            code_scope=self._code_scope,
        )
